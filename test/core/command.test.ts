import { parseCommand, REJECT_REASONS } from "../../src/core/command.ts";
import { Problem } from "../../src/core/problem.ts";

const teams = [
  { id: 1, name: "order support" },
  { id: 2, name: "Order" },
  { id: 3, name: "Technical" },
  { id: 12, name: "senior" },
];
const parse = (note: string) => parseCommand(note, teams);
const refusal = (note: string): Problem => {
  try {
    parse(note);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error("the command was taken");
};

test.each(["Hello", "approve", "//approve", "/approved", "see /approve", "/unknown", "", "/", "/edit-this"])("%j is no command", (note) => {
  expect(parse(note)).toBeNull();
});

test.each(["/approve", "/APPROVE", "  /approve \n"])("%j approves", (note) => {
  expect(parse(note)).toEqual({ decision: "approve" });
});

test("an approval with words is refused, for the draft would go out without them", () => {
  expect(refusal("/approve but with AN-8").message).toContain("/edit");
});

test.each([
  ["/edit Hi Rosa,\n\nit is AN-8.\n\n  Dana", "Hi Rosa,\n\nit is AN-8.\n\n  Dana"],
  ["/edit\nHi Rosa,\n\nbye", "Hi Rosa,\n\nbye"],
  ["/edit \r\nHi\r\nbye", "Hi\r\nbye"],
  ["/edit\n\n  indented", "\n  indented"],
  ["/Edit /approve is a command", "/approve is a command"],
])("the text of %j keeps its line breaks", (note, response) => {
  expect(parse(note)).toEqual({ decision: "edit", response });
});

test.each(["/edit", "/edit  \n "])("an edit without text is refused: %j", (note) => {
  expect(refusal(note).code).toBe("invalid_payload");
});

test.each([
  ["/reject wrong_fact", "wrong_fact", null],
  ["/reject WRONG TONE too stiff", "wrong_tone", "too stiff"],
  ["/reject wrong-fact: it is AN-8", "wrong_fact", "it is AN-8"],
  ["/reject wrong\\_fact", "wrong_fact", null],
  ["/reject outdated\nsee the new page", "outdated", "see the new page"],
  ["/reject other", "other", null],
  ["/reject the price is wrong", "other", "the price is wrong"],
  ["/reject policyholder asked", "other", "policyholder asked"],
])("%j has the reason %s and the comment %j", (note, reason, comment) => {
  expect(parse(note)).toEqual({ decision: "reject", reason, comment });
});

test("every reason can be written", () => {
  for (const reason of REJECT_REASONS) expect(parse(`/reject ${reason}`)).toMatchObject({ reason });
});

test("a rejection without a reason is refused and told the reasons", () => {
  expect(refusal("/reject").message).toContain("not_needed");
});

test.each([
  ["/escalate", null, null],
  ["/escalate technical", 3, null],
  ["/escalate TECHNICAL Please check the line", 3, "Please check the line"],
  ["/escalate order support please look", 1, "please look"],
  ["/escalate order please look", 2, "please look"],
  ["/escalate Order Support: please look", 1, "please look"],
  ['/escalate "order support" please look', 1, "please look"],
  ["/escalate @senior", 12, null],
  ["/escalate 3 please look", 3, "please look"],
  ["/escalate #12\nplease look", 12, "please look"],
  ["/escalate the customer is angry, please call", null, "the customer is angry, please call"],
  ["/escalate seniority matters here", null, "seniority matters here"],
])("%j goes to team %j with the note %j", (note, teamId, text) => {
  expect(parse(note)).toEqual({ decision: "escalate", teamId, assigneeId: null, note: text });
});

test.each([
  "/escalate nowhere",
  "/escalate 99",
  "/escalate 99 please look",
  "/escalate tehcnical please look",
  "/escalate order suport please",
])("a team that does not exist is refused and told the teams: %j", (note) => {
  if (note === "/escalate order suport please") return expect(parse(note)).toMatchObject({ teamId: 2 }); // "order" is a team of its own
  expect(refusal(note).message).toContain("Technical (3)");
});

test.each([
  ["/redraft", null],
  ["/redraft shorter, please\nand in German", "shorter, please\nand in German"],
])("%j asks for another draft", (note, instruction) => {
  expect(parse(note)).toEqual({ decision: "redraft", instruction });
});

test("a refusal fits into a notice even with a hundred teams and a huge word", () => {
  const many = Array.from({ length: 100 }, (_, id) => ({ id, name: `team number ${id}` }));
  expect(() => parseCommand(`/escalate ${"x".repeat(10_000)}`, many)).toThrow(
    expect.objectContaining({ message: expect.stringMatching(/^.{1,399}$/s) }),
  );
});
