import { readFile } from "node:fs/promises";
import { z } from "zod";
import { bodiesOf, type Story, storySchema } from "./story.ts";
import { toldBy } from "./story-told.ts";
import { UsageError } from "./usage.ts";

/** A story and the file that it stands in, as it was named. */
export interface ReadStory {
  file: string;
  story: Story;
}

/** Reads fixtures, all of them before the first is played. Throws a UsageError that names every file and key that is wrong. */
export async function readStories(files: string[]): Promise<ReadStory[]> {
  const read = await Promise.all(files.map(readStory));
  const problems = read.filter((one) => typeof one === "string");
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
  return read.filter((one) => typeof one !== "string");
}

/** The story, or what is wrong with it. */
async function readStory(file: string): Promise<ReadStory | string> {
  try {
    const story = storySchema.parse(JSON.parse(await readFile(file, "utf8")));
    for (const body of bodiesOf(story)) toldBy(body);
    return { file, story };
  } catch (error) {
    if (error instanceof z.ZodError) return `${file}: is no story as fixtures/README.md explains it.\n${z.prettifyError(error)}`;
    if (error instanceof SyntaxError) return `${file}: is not JSON: ${error.message}`;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    return `${file}: cannot be read (${code}); name a readable fixture.`;
  }
}
