import { languageOfReply, wrongLanguage } from "../../src/core/tongue.ts";

const EN = "Thank you for your message. You can send the fittings back within thirty days, and we will refund you when they have arrived.";
const DE = "Vielen Dank für Ihre Nachricht. Sie können die Anschlüsse innerhalb von dreißig Tagen an uns zurückschicken.";
const ES = "Gracias por su mensaje. Puede devolver los racores en un plazo de treinta días y le reembolsaremos.";
const FR = "Merci pour votre message. Vous pouvez nous renvoyer les raccords dans les trente jours, et nous vous rembourserons.";
const PT = "Obrigado pela sua mensagem. Pode devolver as ligações no prazo de trinta dias e nós reembolsamos o valor.";
const RU = "Спасибо за ваше сообщение. Вы можете вернуть фитинги AN-6 в течение тридцати дней.";
const PL = "Dzień dobry, czy mogę zwrócić nieużywane złączki po trzydziestu dniach?";
const ALL = { en: EN, de: DE, es: ES, fr: FR, pt: PT, ru: RU };

test.each(Object.entries(ALL).flatMap(([from, asked]) => Object.entries(ALL).map(([to, said]) => [from, to, asked, said] as const)))(
  "a customer who writes %s, answered in %s",
  (from, to, asked, said) => {
    if (from === to) expect(wrongLanguage(said, asked)).toBeNull();
    else expect(wrongLanguage(said, asked)).toEqual(expect.stringContaining("the customer writes"));
  },
);

test.each([
  ["a word that says nothing", "AN-6?", EN],
  ["a language we do not know", PL, EN],
  ["German with English product names", "Hallo, ist der Fuel Pressure Regulator für E85 geeignet und wie lange dauert die Lieferung?", DE],
  ["English with a foreign name", "I bought the Größe L hose from Müller and it does not fit, what can I do?", EN],
])("no alarm on what cannot be told: %s", (_, asked, said) => {
  expect(wrongLanguage(said, asked)).toBeNull();
});

test("the reply's own words say its language, else its drafter does", () => {
  expect(languageOfReply(DE, "en")).toBe("de");
  expect(languageOfReply("OK.", "pl-PL")).toBe("pl");
  expect(languageOfReply("OK.", "?")).toBe("en");
});
