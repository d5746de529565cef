import { z } from "zod";
import { languageOf } from "../../core/language.ts";
import type { FailedDocument, KnowledgeOrigin, LoadedDocument, SyncProgress } from "../../ports/knowledge.ts";
import { type Client, type ClientOptions, createClient } from "./client.ts";

/** Articles in a page, fixed in Chatwoot. */
const PAGE = 25;
/** An article that is moved or deleted while the pages are read pushes another over their edge: then they are read again. */
const READINGS = 3;
/** A list that goes on for longer is not one of Chatwoot's. */
const MOST_PAGES = 4000;
const PUBLISHED = 1;

const Portals = z.object({
  payload: z.array(z.object({ slug: z.string(), custom_domain: z.string().nullish(), archived: z.boolean().nullish() })),
});

const Article = z.object({
  id: z.int().positive(),
  slug: z.string(),
  title: z.string(),
  content: z.string().nullish(),
  updated_at: z.number(),
  category: z.object({ slug: z.string().nullish(), locale: z.string().nullish() }).nullish(),
});

const Articles = z.object({ payload: z.array(Article), meta: z.object({ published_count: z.number().nullish() }) });

const CannedResponses = z.array(z.object({ short_code: z.string(), content: z.string().nullish(), updated_at: z.string().nullish() }));

/** What of the account is knowledge. */
export type HelpdeskKnowledge = "articles" | "canned";

/**
 * The account's published help center articles (`article:<id>`) and canned responses (`canned:<short code>`) as knowledge, read as the
 * service user whom `token` belongs to. An article in a category with the slug `safety` is of that class. Throws HelpdeskError.
 */
export function createHelpCenter(options: ClientOptions & { accountId: number; kinds: HelpdeskKnowledge[] }): KnowledgeOrigin {
  const call = createClient(options);
  const account = `/api/v1/accounts/${options.accountId}`;
  return {
    name: "helpdesk",
    async *documents(tell) {
      // canned responses first: a Chatwoot without a help center, or one that this user may not see, costs only that
      if (options.kinds.includes("canned")) {
        const responses = await call({ method: "GET", path: `${account}/canned_responses`, answer: CannedResponses });
        tell({ what: "canned responses", done: responses.length, total: responses.length });
        for (const response of responses) yield cannedDocument(response);
      }
      if (options.kinds.includes("articles")) {
        const { payload: portals } = await call({ method: "GET", path: `${account}/portals`, answer: Portals });
        for (const portal of portals) {
          if (portal.archived) continue;
          const site = `${portal.custom_domain ? `https://${portal.custom_domain}` : options.baseUrl.replace(/\/+$/, "")}/hc/${portal.slug}`;
          for (const article of await publishedArticles(call, `${account}/portals/${encodeURIComponent(portal.slug)}`, tell))
            yield articleDocument(article, site);
        }
      }
    },
  };
}

type Article = z.infer<typeof Article>;

async function publishedArticles(call: Client, portal: string, tell: (progress: SyncProgress) => void): Promise<Article[]> {
  const found = new Map<number, Article>();
  for (let reading = 1; reading <= READINGS; reading++) {
    let published = 0;
    for (let page = 1; page <= MOST_PAGES; page++) {
      const path = `${portal}/articles?page=${page}&status=${PUBLISHED}`;
      const { payload, meta } = await call({ method: "GET", path, answer: Articles });
      for (const article of payload) found.set(article.id, article);
      published = meta.published_count ?? 0;
      tell({ what: "articles", done: found.size, total: Math.max(found.size, published) });
      if (payload.length < PAGE) break;
    }
    if (found.size >= published) break;
  }
  return [...found.values()];
}

function articleDocument({ id, slug, title, content, updated_at, category }: Article, site: string): LoadedDocument | FailedDocument {
  const source = `article:${id}`;
  const text = clean(content);
  if (text === "") return { file: `article ${id}`, reason: "the article is empty", mayBe: [] };
  return {
    id: source,
    title: title.trim() || source,
    url: `${site}/articles/${encodeURIComponent(slug)}`,
    updatedAt: new Date(updated_at * 1000),
    safety: category?.slug === "safety",
    language: category?.locale?.slice(0, 2).toLowerCase() ?? languageOf(text),
    text,
    file: `article ${id}`,
  };
}

function cannedDocument({ short_code, content, updated_at }: z.infer<typeof CannedResponses>[number]): LoadedDocument | FailedDocument {
  const text = clean(content)
    .replace(LIQUID, "")
    .replace(/ {2,}/g, " ")
    .replace(/ (?=[,.!?;:])/g, "")
    .trim();
  const file = `canned response ${short_code}`;
  if (text === "") return { file, reason: "the canned response is empty", mayBe: [] };
  const updatedAt = new Date(updated_at ?? Number.NaN);
  return {
    id: `canned:${short_code}`,
    title: short_code,
    url: null,
    updatedAt: Number.isNaN(updatedAt.getTime()) ? null : updatedAt,
    safety: false,
    language: languageOf(text),
    text,
    file,
  };
}

/** Chatwoot fills these in when an operator uses the response; in a draft they would reach the customer as they are. */
const LIQUID = /\{\{[^{}]{0,200}\}\}|\{%[^{}%]{0,200}%\}/g;

const clean = (text: string | null | undefined) => (text ?? "").replaceAll("\0", "").trim();
