import { languageOf } from "../../src/core/language.ts";
import { wordsOf } from "../../src/core/phrases.ts";
import { sentimentOf } from "../../src/core/sentiment.ts";
import type { Sentiment } from "../../src/core/words.ts";

const moodOf = (text: string) => sentimentOf(wordsOf(text), text, languageOf(text) ?? "en");

const MOODS: Record<Sentiment, string[]> = {
  negative: [
    "Nobody has replied for two weeks, this is a joke",
    "I am not very happy",
    "It never works",
    "I regret buying this",
    "😡😡",
    "Ich bin stinksauer",
    "So eine Unverschämtheit",
    "Ich bin nicht sehr zufrieden",
    "Seit Wochen warte ich, niemand meldet sich",
    "Es una vergüenza",
    "No estoy muy contento",
    "Llevo semanas esperando y nadie contesta",
    "C'est inadmissible",
    "Je ne suis pas très content",
    "Personne ne répond depuis des semaines",
    "Não estou satisfeito",
    "Ninguém responde há semanas",
    "Péssima qualidade",
  ],
  positive: [
    "I'm so happy with it, thank you!",
    "You guys are the best",
    "Thanks, that helped a lot",
    "Tolle Beratung, vielen Dank",
    "Estoy encantada con el producto",
    "Service impeccable, merci beaucoup",
    "Adorei o produto",
    "👍",
  ],
  neutral: [
    "Which size do I need?",
    "What is the best hose for E85?",
    "Thanks in advance, I need size 6",
    "Could you tell me the size? Thanks!",
    "Wann kommt mein Paket? Danke",
    "Im Voraus vielen Dank",
    "¿Tienen la talla 40? Gracias",
    "Quelle taille me faut-il ? Merci d'avance",
    "Têm o tamanho 40? Obrigado",
    "",
  ],
};

for (const [mood, texts] of Object.entries(MOODS)) {
  test.each(texts)(`the mood is ${mood}: %s`, (text) => {
    expect(moodOf(text)).toBe(mood);
  });
}
