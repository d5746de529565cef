import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { askedIn } from "../../src/core/question.ts";

const lines = (...all: string[]) => all.join("\n");

test("a short question is left as it is", () => {
  expect(askedIn("What size AN fitting for my 350 Chevy?")).toBe("What size AN fitting for my 350 Chevy?");
});

test.each([
  [
    "English",
    lines(
      "Hi there,",
      "",
      "does the hose fit E85?",
      "",
      "Kind regards,",
      "Rosa Lind",
      "Lind & Sons Ltd",
      "Tel. 030 123",
      "",
      "On Mon, 3 May 2026 at 10:00, Shop <help@shop.example> wrote:",
      "> Your order has shipped.",
      "> Track it here.",
    ),
  ],
  [
    "German",
    lines(
      "Sehr geehrte Damen und Herren,",
      "does the hose fit E85?",
      "Mit freundlichen Grüßen",
      "Petra Sommerfeld",
      "Leiterin Einkauf",
      "",
      "Am 3. Mai 2026 um 10:00 schrieb Shop:",
      "> Ihre Bestellung",
    ),
  ],
  [
    "French",
    lines("Bonjour,", "does the hose fit E85?", "Cordialement,", "Jean", "", "Le 3 mai 2026 à 10:00, Shop a écrit :", "> Votre commande"),
  ],
  [
    "Spanish",
    lines("Hola equipo:", "does the hose fit E85?", "Saludos cordiales,", "Ana", "", "El 3 de mayo de 2026, Shop escribió:", "> Su pedido"),
  ],
  [
    "Portuguese",
    lines("Bom dia,", "does the hose fit E85?", "Atenciosamente,", "Rui", "", "Em 3 de maio de 2026, Shop escreveu:", "> O seu pedido"),
  ],
  ["a phone", lines("does the hose fit E85?", "", "Sent from my iPhone")],
  [
    "Outlook",
    lines(
      "does the hose fit E85?",
      "",
      "From: Shop <help@shop.example>",
      "Sent: Monday, 3 May 2026 10:00",
      "To: Rosa",
      "Subject: Order",
      "",
      "Your order has shipped.",
    ),
  ],
  ["a forward", lines("does the hose fit E85?", "-----Original Message-----", "Your order has shipped.")],
  ["a signature behind dashes", lines("does the hose fit E85?", "-- ", "Rosa Lind", "Warranty department")],
])("greeting, signature and quoted mail go: %s", (_, message) => {
  expect(askedIn(message)).toBe("does the hose fit E85?");
});

test("an answer below or between quoted lines is what is asked", () => {
  const message = lines("On Mon, 3 May 2026, Shop wrote:", "> Which hose do you mean?", "", "The black one.", "> And which fuel?", "E85.");
  expect(askedIn(message)).toBe("The black one.\nE85.");
});

test("what was only forwarded or quoted is asked about, since there is nothing else", () => {
  expect(askedIn(lines("> Does the hose", "> fit E85?"))).toBe("> Does the hose\n> fit E85?");
  expect(
    askedIn(lines("---------- Forwarded message ---------", "From: Rosa <r@x.example>", "Date: 3 May 2026", "", "Does it fit E85?")),
  ).toContain("Does it fit E85?");
});

test("a log comes last and shortened, the error in it stays", () => {
  const frames = Array.from({ length: 400 }, (_, i) => `    at com.example.hose.Pump$${i}.run(Pump.java:${i})`);
  const message = lines(
    "My controller stops after start.",
    "2026-05-03 10:00:01,123 INFO starting",
    ...frames,
    "2026-05-03 10:00:09,999 ERROR pressure sensor not found",
    "What must I change?",
    "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQ=",
  );
  const asked = askedIn(message);
  expect(asked.startsWith("My controller stops after start.\nWhat must I change?\n2026-05-03")).toBe(true);
  expect(asked).toContain("pressure sensor not found");
  expect(asked.length).toBeLessThan(1000);
});

test("HTML becomes text: no style, no script, no quoted thread, entities are letters", () => {
  const message = `<!DOCTYPE html><html><head><style>.warranty { color: red }</style><title>Mail</title></head><body>
    <div>Guten Tag,</div><p>pa&szlig;t der Schlauch f&uuml;r <b>E85</b>&nbsp;&#8211; ja oder nein?</p><script>var shipping = 1;</script>
    <blockquote type="cite"><div>Your parcel<br>has shipped.</div></blockquote><!-- refund --></body></html>`;
  expect(askedIn(message)).toBe("paßt der Schlauch für E85 – ja oder nein?");
});

test("a question about HTML or with signs of comparison is left alone", () => {
  for (const message of ["Why is x < 5 and y > 3 in the list?\nThe value is 4.", "if a<b then\nwhat?", "Use <E85> only?\nOr not?"])
    expect(askedIn(message)).toBe(message);
});

test("a list, a table of sizes and a postal address are no log", () => {
  const message = lines(
    "I need:",
    "- 3x AN-6 fitting, black, 90 degrees swivel end",
    "- 2 m of hose, braided, 3/8 inch inner diameter",
    "Price 12.50 each?",
  );
  expect(askedIn(message)).toBe(message);
});

test("a mail of 300 KB is reduced to what is asked", () => {
  const thread = `<blockquote><div>${"<p>Your parcel has shipped, thank you for your order.</p>".repeat(5400)}</div></blockquote>`;
  const message = `<html><body><p>Does it fit E85?</p>${thread}</body></html>`;
  expect(message.length).toBeGreaterThan(300_000);
  expect(askedIn(message)).toBe("Does it fit E85?");
});

test("any text is reduced without a throw, to text that is well-formed and never longer than it may be", () => {
  const pieces = fc.constantFrom(
    "<",
    ">",
    "<p>",
    "</p",
    "<!--",
    "<blockquote>",
    "&#xFFFFFFF;",
    "&#0;",
    "\n",
    "> ",
    "-- \n",
    "On a wrote:",
    "From: x\nSent: y\n",
    "\ud800",
    "word ",
    "0x123456 ",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary", maxLength: 400 }),
        fc.array(pieces, { maxLength: 80 }).map((all) => all.join("")),
      ),
      (text) => {
        const asked = askedIn(text);
        expect(asked.isWellFormed() || asked === text).toBe(true);
        expect(asked.length).toBeLessThanOrEqual(12_000);
      },
    ),
    { numRuns: 3000 },
  );
});

test.each([
  ["one endless line", "x".repeat(400_000)],
  ["only opened tags", "<div".repeat(100_000)],
  ["only opened comments", "<p><!--".repeat(60_000)],
  ["only scripts", "<p><script>".repeat(40_000)],
  ["only ampersands", "<p>&".repeat(100_000)],
  ["only spaces", `${" ".repeat(400_000)}x`],
  ["attributions without an end", "On a day ".repeat(40_000)],
])("hostile text ends, too: %s", (_, text) => {
  expect(askedIn(text).length).toBeLessThanOrEqual(12_000);
});

const EVAL = new URL("../../../shared/eval/thunderbird/queries.jsonl", import.meta.url).pathname;
(existsSync(EVAL) ? test : test.skip)("real questions keep their words: nothing that is asked is taken for furniture", () => {
  let kept = 0;
  let all = 0;
  for (const line of readFileSync(EVAL, "utf8").split("\n").filter(Boolean)) {
    const { text } = JSON.parse(line) as { text: string };
    expect(askedIn(text).trim()).not.toBe("");
    kept += askedIn(text).length;
    all += text.length;
  }
  expect(kept / all).toBeGreaterThan(0.95);
});
