import type { Json } from "./types.ts";

/** The rows an account is furnished with: what operators pick from, and the help center. Times are Unix milliseconds. */
export interface Label {
  id: number;
  account_id: number;
  title: string;
  description: string | null;
  color: string;
  show_on_sidebar: boolean;
}

export interface CannedResponse {
  id: number;
  account_id: number;
  short_code: string;
  content: string;
  created_at: number;
  updated_at: number;
}

export interface DashboardApp {
  id: number;
  account_id: number;
  title: string;
  content: Json[];
  created_at: number;
}

export interface AttributeDefinition {
  id: number;
  account_id: number;
  attribute_display_name: string;
  attribute_display_type: string;
  attribute_description: string | null;
  attribute_key: string;
  attribute_model: string;
  attribute_values: unknown[];
  created_at: number;
  updated_at: number;
}

export interface Portal {
  id: number;
  account_id: number;
  slug: string;
  name: string;
  color: string | null;
  custom_domain: string | null;
  header_text: string | null;
  homepage_link: string | null;
  page_title: string | null;
  archived: boolean;
  config: { allowed_locales: string[]; default_locale: string };
}

export interface Category {
  id: number;
  portal_id: number;
  name: string;
  slug: string;
  locale: string;
  description: string | null;
  position: number;
}

export interface Article {
  id: number;
  portal_id: number;
  category_id: number | null;
  author_id: number | null;
  slug: string;
  title: string;
  content: string;
  description: string | null;
  locale: string;
  status: "draft" | "published" | "archived";
  position: number;
  views: number | null;
  updated_at: number;
}
