import fc from "fast-check";
import { type FactKind, factsOf, isSupported, knownFacts } from "../../src/core/facts.ts";

const shownOf = (text: string) => factsOf(text).map(({ kind, shown }) => `${kind}: ${shown}`);

test.each([
  ["See https://shop.example/returns.", ["link: https://shop.example/returns."]],
  ["See [returns](https://shop.example/returns) or www.shop.example", ["link: https://shop.example/returns", "link: www.shop.example"]],
  ["Write to help@shop.example.", ["email: help@shop.example"]],
  ["Call +49 40 123456-78 or 0800 1234567", ["phone: +49 40 123456-78", "phone: 0800 1234567"]],
  ["It costs 14,90 euros or $16.50", ["price: 14,90 euros", "price: $16.50"].toReversed()],
  ["You get 15 % off", ["percentage: 15 %"]],
  ["until 12 May 2026, 2026-05-12 or 12.05.2026", ["date: 2026-05-12", "date: 12.05.2026", "date: 12 May 2026"]],
  ["from 9:00 to 5 pm", ["time: 9:00", "time: 5 pm"]],
  ["within 30 days, in 3-5 working days, five years", ["duration: 30 days", "duration: 3-5 working days", "duration: five years"]],
  ["order 104233, #4711, parcel 1Z999AA10123456784", ["order_number: #4711", "order_number: 104233", "order_number: 1Z999AA10123456784"]],
])("the checkable facts of %j are found", (text, expected) => {
  expect(shownOf(text)).toEqual(expected);
});

test.each([
  "AN-6 feed line for a 1967 Mustang with 520 hp, thread 7/8-14, 37 degree flare, 25 Nm, 34 bar, 10 micron",
  "E85, PTFE, EFI, -6AN, 3/8 inch, 350 Chevy, NPT 1/4",
  "Hello Rosa, thank you for your message. Ask e.g. a workshop.Then come back.",
  "March to the beat, you may want two of them",
])("sizes, years and small numbers are no checkable facts: %j", (text) => {
  expect(shownOf(text)).toEqual([]);
});

const supported = (said: string, source: string) => factsOf(said).map((fact) => isSupported(fact, knownFacts([source])));

test.each([
  ["14.90 €", "costs 14,90 euros"],
  ["EUR 1,234.50", "1.234,50 €"],
  ["$150", "from 150 dollars"],
  ["http://www.Shop.example/Returns/", "https://shop.example/Returns"],
  ["shop.example", "https://shop.example/returns"],
  ["040 12345678", "+49 40 12345678"],
  ["HELP@shop.example", "help@shop.example"],
  ["30 Tage", "within thirty days (30 days)"],
  ["12. Mai", "12 May 2026"],
  ["2026-05-12", "May 12th, 2026"],
  ["5 Uhr", "5:00"],
  ["15%", "15 percent"],
])("a fact is known in another spelling: %j in %j", (said, source) => {
  expect(supported(said, source)).toEqual([true]);
});

test.each([
  ["14.90 €", "14.80 €"],
  ["$150", "150 euros"],
  ["https://shop.example/returns2", "https://shop.example/returns"],
  ["https://shop.example.evil.test/returns", "https://shop.example/returns"],
  ["other@shop.example", "help@shop.example"],
  ["040 12345679", "+49 40 12345678"],
  ["31 days", "30 days"],
  ["30 months", "30 days"],
  ["13 May", "12 May 2026"],
  ["16%", "15 percent"],
  ["order 104234", "order 104233"],
])("a fact that differs is not known: %j in %j", (said, source) => {
  expect(supported(said, source)).toEqual([false]);
});

test("every fact of a text is supported by that very text", () => {
  const piece = fc.constantFrom(
    "12 May",
    "$5",
    "5,00 €",
    "+49 40 1234567",
    "a@b.example",
    "https://x.example/a?b=c",
    "30 days",
    "104233",
    "9:30",
    "7 %",
    "AN-6",
    ".",
    "\n",
    "and",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join(" ");
      const known = knownFacts([text]);
      for (const fact of factsOf(text)) expect(isSupported(fact, known)).toBe(true);
    }),
  );
});

test("words that every object has are no months, units or numbers", () => {
  expect(shownOf("It has 3 constructor arguments, constructor hours and 3 constructor 2026.")).toEqual([]);
});

test("long hostile text is read like any other", () => {
  for (const unit of ["a.", "a@", "1-", "1 ", "+1", "A1", "http://", "1.1.", "12/", "€", "word ", "1 a ", "-"]) {
    const facts = factsOf(`${unit.repeat(150_000 / unit.length)} https://end.example/x`);
    expect(facts.map(({ kind }) => kind).includes("link" satisfies FactKind)).toBe(true); // quadratic work would take minutes here
  }
});
