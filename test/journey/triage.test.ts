import { intentOf as intentByRules } from "../../src/core/intents.ts";
import { languageOf } from "../../src/core/language.ts";
import { wordsOf } from "../../src/core/phrases.ts";
import { startHouse, type TestHouse } from "../support/house.ts";
import { ask } from "../support/trip.ts";

/** Without a model the intent of an approval comes from rules and examples; a team's own examples count at once, without a restart. */
let house: TestHouse;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house?.close());

const QUESTION = "Do you give lectures about hydraulic hoses at schools?";
const intentOf = async (text: string) => (await ask(house, text)).approval.intent;
const examples = () => house.server.house.ports.store.triageExamples;

test("a message no rule knows gets its intent from the built-in examples, in any of five languages", async () => {
  for (const [intent, text] of [
    ["sales", "We are a school and would like special pricing for classes"],
    ["technical_issue", "Die App stürzt beim Öffnen immer wieder ab"],
    ["sales", "¿Tienen precios al por mayor para empresas?"],
    ["technical_issue", "L'application plante à chaque ouverture"],
    ["technical_issue", "A bateria não carrega mais"],
    ["other", "Who won the match yesterday evening?"],
  ] as const) {
    expect(intentByRules(wordsOf(text), languageOf(text) ?? "en")).toBe("other");
    expect(await intentOf(text)).toBe(intent);
  }
});

test("a team's own label becomes the intent from the next message on, flags stay the rules'", async () => {
  expect(await intentOf(QUESTION)).not.toBe("school_visit");
  await examples().replace([
    { id: "1", label: "School visit", text: "Can somebody give a lecture at our school?" },
    { id: "2", label: "School visit", text: "Do you visit schools for a talk about hoses?" },
    { id: "3", label: "School visit", text: "Do you give lectures about hydraulic hoses at schools?" },
    { id: "4", label: "order_status", text: "Where is my parcel?" },
    { id: "5", label: "order_status", text: "When will my order arrive?" },
  ]);
  const { approval } = await ask(house, `${QUESTION} My lawyer says so.`);
  expect(approval).toMatchObject({ intent: "school_visit", flags: ["legal"], status: "pending" });
  await examples().replace([]);
  expect(await intentOf(QUESTION)).not.toBe("school_visit");
});
