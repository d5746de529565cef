import { wordsOf } from "../../src/core/phrases.ts";
import { urgencyOf } from "../../src/core/urgency.ts";
import type { Urgency } from "../../src/core/words.ts";

test.each<[Urgency, string, string]>([
  ["high", "en", "I need the hose by Friday, my race is this weekend"],
  ["high", "en", "Urgent!"],
  ["high", "en", "Please send it out so that it is here by Friday"],
  ["high", "en", "It should be here no later than tomorrow"],
  ["normal", "en", "Are you open until Saturday?"],
  ["normal", "en", "I returned it before Monday"],
  ["high", "en", "No rush for the invoice, but I need the hose today"],
  ["high", "de", "Ich brauche das dringend"],
  ["high", "de", "Das muss bis Freitag hier sein"],
  ["high", "es", "Lo necesito lo antes posible"],
  ["high", "fr", "Il me le faut au plus vite"],
  ["high", "pt", "Preciso o mais rápido possível"],
  ["high", "en", "I leave tomorrow, can you help?"],
  ["high", "de", "Ich fahre morgen in den Urlaub"],
  ["high", "es", "Lo necesito hoy"],
  ["high", "fr", "J'en ai besoin avant vendredi"],
  ["high", "pt", "Preciso disso até sexta"],
  ["normal", "fr", "Où en est ma commande de lundi ?"],
  ["normal", "pt", "Fiz o pedido na segunda"],
  ["normal", "en", "I ordered today"],
  ["normal", "en", "Which hose fits?"],
  ["normal", "de", "Welcher Schlauch passt?"],
  ["normal", "en", ""],
  ["low", "en", "This is not urgent, no hurry"],
  ["low", "en", "Whenever you have time: which size is it?"],
  ["low", "de", "Keine Eile, aber welche Größe brauche ich?"],
  ["low", "de", "Es ist nicht dringend."],
  ["low", "es", "No es urgente, ¿qué medida necesito?"],
  ["low", "fr", "Ce n'est pas urgent, quelle taille ?"],
  ["low", "pt", "Sem pressa: qual tamanho?"],
])("urgency is %s (%s): %s", (urgency, language, text) => {
  expect(urgencyOf(wordsOf(text), language).urgency).toBe(urgency);
});
