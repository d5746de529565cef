import { isDenied } from "./negation.ts";
import { find, indexOf, phraseList, type Word } from "./phrases.ts";
import type { Sentiment } from "./words.ts";

/** The customer's mood: more unkind than kind words, or the other way round; a denied one counts for the other side. */
export function sentimentOf(words: Word[], text: string, language: string): Sentiment {
  let balance = emojiBalance(text);
  for (const hit of find(words, NEGATIVE)) balance -= isDenied(words, hit, language) ? -1 : 1;
  for (const hit of find(words, POSITIVE)) balance += isDenied(words, hit, language) ? -2 : 1;
  return balance < 0 ? "negative" : balance > 0 ? "positive" : "neutral";
}

const NEGATIVE = indexOf(
  phraseList(`
  angry|furious|annoyed|annoying|upset|mad|livid|frustrated|frustrating|disappointed|disappointing|disappointment; terrible|horrible|awful|worst|bad|useless|pathetic|ridiculous|unacceptable|disgusting|disgraceful|appalling|outrageous
  fed up; complaint|complain; unhappy|dissatisfied|unsatisfied; hate|hates; nobody|noone answers|replies|answered|replied|cares; waste of; never again; rip off; scam|fraud; ruined; broken|defective|faulty; worse; joke; still waiting
  wutend|verargert|enttauscht|enttauschend|unzufrieden|schlecht|schlechte|schlechter|schrecklich|furchtbar|miserabel|unverschamt|frechheit|inakzeptabel|katastrophe|argerlich|kaputt|sauer; nie wieder
  enfadado|enfadada|enojado|enojada|decepcionado|decepcionada|insatisfecho|insatisfecha|horrible|pesimo|pesima|malo|mala|fatal|inaceptable|vergonzoso|harto|harta|roto|rota
  furieux|furieuse|decu|decue|mecontent|mecontente|insatisfait|insatisfaite|nul|nulle|inadmissible|inacceptable|scandaleux|honteux|mauvais|mauvaise|catastrophe|casse|cassee
  irritado|irritada|furioso|furiosa|desapontado|desapontada|insatisfeito|insatisfeita|pessimo|pessima|horrivel|ruim|inaceitavel|vergonha|absurdo|quebrado|quebrada`),
);

const POSITIVE = indexOf(
  phraseList(`
  great|excellent|perfect|awesome|amazing|fantastic|wonderful|brilliant|superb|lovely|happy|glad|pleased|delighted|satisfied|impressed; love|loved; thank|thanks|thx; works perfectly|great|fine|well; well done; much appreciated; helpful
  super|toll|klasse|prima|perfekt|hervorragend|ausgezeichnet|zufrieden|begeistert|freue|danke|wunderbar|spitze; gracias|excelente|perfecto|perfecta|genial|estupendo|encantado|encantada|contento|contenta|fantastico|maravilloso
  merci|parfait|parfaite|genial|excellent|super|ravi|ravie|content|contente|satisfait|satisfaite|bravo; obrigado|obrigada|otimo|otima|excelente|perfeito|perfeita|maravilhoso|feliz|satisfeito|satisfeita|adorei`),
);

const MOODS = /[😀😃😄😁😊🙂😍🥰👍🙏❤💚💙🎉👏😎🤩]|[😡😠🤬😤😞😢😭👎💩🤮😒🙄]/gu;
const UNKIND = new Set("😡😠🤬😤😞😢😭👎💩🤮😒🙄");

/** Emoji weigh as much as one word together: three of them are one mood. */
function emojiBalance(text: string): number {
  let balance = 0;
  for (const [emoji] of text.matchAll(MOODS)) balance += UNKIND.has(emoji) ? -1 : 1;
  return Math.sign(balance);
}
