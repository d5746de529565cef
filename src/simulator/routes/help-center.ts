import { type Request, Router } from "express";
import { administratorOf, sessionOf, userOf } from "../access.ts";
import { bodyOf, isObject, page, query } from "../answers.ts";
import { invalid, notFound } from "../refusal.ts";
import { agentJson } from "../rest-json.ts";
import type { Article, Category, Portal } from "../settings-types.ts";
import { nextId, ofAccount } from "../state.ts";
import type { Json } from "../types.ts";
import { seconds, type World } from "../world.ts";

const PAGE = 25;
const STATUSES: Article["status"][] = ["draft", "published", "archived"];

/** The help center: portals, categories and articles. Without a status drafts are listed, too; one article is for administrators. */
export function helpCenterRoutes(world: World): Router {
  const router = Router({ mergeParams: true });
  const { state } = world;

  router.get("/portals", (request, response) => {
    userOf(request);
    const portals = ofAccount(state.portals, sessionOf(request).account.id);
    response.json({
      payload: portals.map((portal) => portalJson(world, portal)),
      meta: { current_page: 1, portals_count: portals.length },
    });
  });

  router.get("/portals/:slug", (request, response) => void response.json(portalJson(world, portalFor(world, request))));

  router.post("/portals", (request, response) => {
    administratorOf(request);
    const body = bodyOf(request, "portal");
    const slug = String(body.slug ?? "");
    if ([...state.portals.values()].some((portal) => portal.slug === slug)) throw invalid("Slug has already been taken", ["slug"]);
    const portal = createPortal(world, sessionOf(request).account.id, body);
    response.json(portalJson(world, portal));
  });

  router.post("/portals/:slug/categories", (request, response) => {
    administratorOf(request);
    const category = createCategory(world, portalFor(world, request), bodyOf(request, "category"));
    response.json({
      payload: { ...categoryJson(category), account_id: sessionOf(request).account.id, icon: "", meta: { articles_count: 0 } },
    });
  });

  router.get("/portals/:slug/categories", (request, response) => {
    const portal = portalFor(world, request);
    const rows = [...state.categories.values()].filter((row) => row.portal_id === portal.id);
    response.json({
      payload: rows.map((row) => ({ ...categoryJson(row), account_id: portal.account_id, icon: "", meta: { articles_count: 0 } })),
      meta: { current_page: 1, categories_count: rows.length },
    });
  });

  router.get("/portals/:slug/articles", (request, response) => {
    const user = userOf(request);
    const portal = portalFor(world, request);
    const all = [...state.articles.values()].filter((row) => row.portal_id === portal.id);
    const current = query(request, "page");
    const rows = all.filter(wanted(request)).sort((a, b) => b.position - a.position);
    const count = (status: Article["status"]) => all.filter((row) => row.status === status).length;
    response.json({
      payload: page(rows, current, PAGE).map((row) => articleJson(world, portal, row)),
      meta: {
        all_articles_count: all.length,
        archived_articles_count: count("archived"),
        articles_count: all.length,
        current_page: current ?? 1,
        draft_articles_count: count("draft"),
        mine_articles_count: all.filter((row) => row.author_id === user.id).length,
        published_count: count("published"),
      },
    });
  });

  router.post("/portals/:slug/articles", (request, response) => {
    const user = administratorOf(request);
    const portal = portalFor(world, request);
    const article = createArticle(world, portal, bodyOf(request, "article"), user.id);
    response.json({ payload: articleJson(world, portal, article) });
  });

  const one = "/portals/:slug/articles/:article_id";
  router.get(one, (request, response) => {
    administratorOf(request);
    response.json({ payload: articleJson(world, portalFor(world, request), articleFor(world, request)) });
  });
  router.patch(one, (request, response) => {
    administratorOf(request);
    const article = articleFor(world, request);
    const body = bodyOf(request, "article");
    for (const key of ["title", "content", "description", "locale"] as const)
      if (key in body) Object.assign(article, { [key]: String(body[key] ?? "") });
    if ("status" in body) article.status = statusOf(body.status);
    article.updated_at = world.now();
    response.json({ payload: articleJson(world, portalFor(world, request), article) });
  });
  router.delete(one, (request, response) => {
    administratorOf(request);
    state.articles.delete(articleFor(world, request).id);
    response.status(200).end();
  });

  return router;
}

/** Opens a help center in an account. */
export function createPortal(world: World, accountId: number, body: Json): Portal {
  const config = isObject(body.config) ? body.config : {};
  const text = (key: string) => (body[key] === undefined || body[key] === null ? null : String(body[key]));
  const portal: Portal = {
    id: nextId(world.state, "portal"),
    account_id: accountId,
    slug: String(body.slug ?? ""),
    name: String(body.name ?? ""),
    color: text("color"),
    custom_domain: text("custom_domain"),
    header_text: text("header_text"),
    homepage_link: text("homepage_link"),
    page_title: text("page_title"),
    archived: false,
    config: {
      allowed_locales: Array.isArray(config.allowed_locales) ? config.allowed_locales.map(String) : ["en"],
      default_locale: String(config.default_locale ?? "en"),
    },
  };
  world.state.portals.set(portal.id, portal);
  return portal;
}

/** Adds a category to a help center. */
export function createCategory(world: World, portal: Portal, body: Json): Category {
  const category: Category = {
    id: nextId(world.state, "category"),
    portal_id: portal.id,
    name: String(body.name ?? ""),
    slug: String(body.slug ?? ""),
    locale: String(body.locale ?? portal.config.default_locale),
    description: body.description == null ? null : String(body.description),
    position: Number(body.position ?? 0),
  };
  world.state.categories.set(category.id, category);
  return category;
}

/** Adds an article at the end of a help center. */
export function createArticle(world: World, portal: Portal, body: Json, authorId: number): Article {
  const { state } = world;
  const title = String(body.title ?? "");
  const time = world.now();
  const last = Math.max(0, ...[...state.articles.values()].filter((row) => row.portal_id === portal.id).map((row) => row.position));
  const article: Article = {
    id: nextId(state, "article"),
    portal_id: portal.id,
    category_id: state.categories.has(Number(body.category_id)) ? Number(body.category_id) : null,
    author_id: state.users.has(Number(body.author_id)) ? Number(body.author_id) : authorId,
    slug: `${seconds(time)}-${title
      .toLowerCase()
      .normalize("NFKD")
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "")}`,
    title,
    content: String(body.content ?? ""),
    description: body.description == null ? null : String(body.description),
    locale: String(body.locale ?? portal.config.default_locale),
    status: statusOf(body.status ?? 0),
    position: last + 10,
    views: null,
    updated_at: time,
  };
  state.articles.set(article.id, article);
  return article;
}

const statusOf = (value: unknown): Article["status"] => STATUSES[Number(value)] ?? STATUSES.find((one) => one === value) ?? "draft";

function wanted(request: Request): (row: Article) => boolean {
  const status = query(request, "status");
  const locale = query(request, "locale");
  const words = query(request, "query")?.toLowerCase();
  return (row) =>
    (status === undefined || row.status === statusOf(status)) &&
    (locale === undefined || row.locale === locale) &&
    (!words || [row.title, row.content, row.description].some((text) => text?.toLowerCase().includes(words)));
}

const categoryJson = ({ id, name, slug, locale, description, position }: Category): Json => ({
  id,
  name,
  slug,
  locale,
  description,
  position,
});

function articleJson({ state }: World, portal: Portal, row: Article): Json {
  const category = row.category_id === null ? undefined : state.categories.get(row.category_id);
  const author = row.author_id === null ? undefined : state.users.get(row.author_id);
  return {
    id: row.id,
    slug: row.slug,
    title: row.title,
    content: row.content,
    description: row.description,
    status: row.status,
    position: row.position,
    account_id: portal.account_id,
    updated_at: seconds(row.updated_at),
    meta: {},
    category: category ? { id: category.id, name: category.name, slug: category.slug, locale: category.locale } : null,
    views: row.views,
    ...(author && { author: agentJson(author, portal.account_id) }),
  };
}

function portalJson({ state }: World, portal: Portal): Json {
  const categories = [...state.categories.values()].filter((row) => row.portal_id === portal.id);
  const articles = [...state.articles.values()].filter((row) => row.portal_id === portal.id);
  const { allowed_locales: locales, default_locale } = portal.config;
  const { id, color, custom_domain, header_text, homepage_link, name, page_title, slug, archived, account_id } = portal;
  return {
    ...{ id, color, custom_domain, header_text, homepage_link, name, page_title, slug, archived, account_id },
    config: {
      allowed_locales: locales.map((code) => ({
        code,
        articles_count: articles.filter((row) => row.locale === code).length,
        categories_count: categories.filter((row) => row.locale === code).length,
        draft: false,
      })),
      default_locale,
      layout: "classic",
      social_profiles: {},
      locale_translations: {},
    },
    // Chatwoot's own counts here are of no use: zero and null whatever there is.
    meta: {
      all_articles_count: 0,
      archived_articles_count: null,
      published_count: null,
      draft_articles_count: null,
      categories_count: categories.length,
      default_locale,
    },
  };
}

function portalFor(world: World, request: Request): Portal {
  userOf(request);
  const found = ofAccount(world.state.portals, sessionOf(request).account.id).find((portal) => portal.slug === request.params.slug);
  if (!found) throw notFound();
  return found;
}

function articleFor(world: World, request: Request): Article {
  const found = world.state.articles.get(Number(request.params.article_id));
  if (found?.portal_id !== portalFor(world, request).id) throw notFound();
  return found;
}
