import { isDenied } from "./negation.ts";
import { find, indexOf, phraseList, type Word } from "./phrases.ts";
import type { Sentiment } from "./words.ts";

/** The customer's mood: more unkind than kind words, or the other way round; a denied one counts for the other side. Who asks and thanks is polite, not glad. */
export function sentimentOf(words: Word[], text: string, language: string): Sentiment {
  let balance = emojiBalance(text);
  for (const hit of find(words, NEGATIVE)) balance -= isDenied(words, hit, language) ? -1 : 1;
  for (const hit of find(words, POSITIVE)) balance += isDenied(words, hit, language) ? -2 : 1;
  if (!ASKS.test(text) && find(words, IN_ADVANCE).length === 0) balance += Math.sign(find(words, THANKS).length);
  return balance < 0 ? "negative" : balance > 0 ? "positive" : "neutral";
}

const NEGATIVE = indexOf(
  phraseList(`
  angry|furious|annoyed|annoying|upset|mad|livid|frustrated|frustrating|disappointed|disappointing|disappointment; terrible|horrible|awful|worst|bad|useless|pathetic|ridiculous|unacceptable|disgusting|disgraceful|appalling|outrageous
  fed up; regret|regretted .. buying|ordering|purchase; poor|lousy|shoddy quality|service|support|experience; never worked|works; complaint|complain; unhappy|dissatisfied|unsatisfied; hate|hates; nobody|noone answers|replies|answered|replied|cares; waste of; never again; rip off; scam|fraud; ruined; broken|defective|faulty; worse; joke; still waiting
  stinksauer|unverschamtheit|mies|miese|mieser|mieses|unmoglich|emporend; niemand .. antwortet|meldet|reagiert|hilft; wutend|verargert|enttauscht|enttauschend|unzufrieden|schlecht|schlechte|schlechter|schrecklich|furchtbar|miserabel|unverschamt|frechheit|inakzeptabel|katastrophe|argerlich|kaputt|sauer; nie wieder
  verguenza|lamentable|nefasto|nefasta; nadie .. contesta|responde|ayuda; enfadado|enfadada|enojado|enojada|decepcionado|decepcionada|insatisfecho|insatisfecha|horrible|pesimo|pesima|malo|mala|fatal|inaceptable|vergonzoso|harto|harta|roto|rota
  lamentable|minable; personne ne|n .. repond|aide; furieux|furieuse|decu|decue|mecontent|mecontente|insatisfait|insatisfaite|nul|nulle|inadmissible|inacceptable|scandaleux|honteux|mauvais|mauvaise|catastrophe|casse|cassee
  lamentavel; ninguem .. responde|ajuda; irritado|irritada|furioso|furiosa|desapontado|desapontada|insatisfeito|insatisfeita|pessimo|pessima|horrivel|ruim|inaceitavel|vergonha|absurdo|quebrado|quebrada`),
);

const POSITIVE = indexOf(
  phraseList(`
  great|excellent|perfect|awesome|amazing|fantastic|wonderful|brilliant|superb|lovely|happy|glad|pleased|delighted|satisfied|impressed; love|loved; are|you're the best; works perfectly|great|fine|well; well done; helpful
  super|toll|klasse|prima|perfekt|hervorragend|ausgezeichnet|zufrieden|begeistert|freue|tolle|toller|tolles|wunderbar|spitze; excelente|perfecto|perfecta|genial|estupendo|encantado|encantada|contento|contenta|fantastico|maravilloso
  impeccable|parfait|parfaite|genial|excellent|super|ravi|ravie|content|contente|satisfait|satisfaite|bravo; otimo|otima|excelente|perfeito|perfeita|maravilhoso|feliz|satisfeito|satisfeita|adorei`),
);

const THANKS = indexOf(
  phraseList("thank|thanks|thx|thankyou|danke|dank|dankeschon|gracias|merci|obrigado|obrigada|obg|valeu; much appreciated"),
);
const IN_ADVANCE = indexOf(phraseList("in advance; im voraus; de antemano; por adelantado; d avance; desde ja; antecipadamente"));
const ASKS = /[?？؟¿]/u;

const MOODS = /[😀😃😄😁😊🙂😍🥰👍🙏❤💚💙🎉👏😎🤩]|[😡😠🤬😤😞😢😭👎💩🤮😒🙄]/gu;
const UNKIND = new Set("😡😠🤬😤😞😢😭👎💩🤮😒🙄");

/** Emoji weigh as much as one word together: three of them are one mood. */
function emojiBalance(text: string): number {
  let balance = 0;
  for (const [emoji] of text.matchAll(MOODS)) balance += UNKIND.has(emoji) ? -1 : 1;
  return Math.sign(balance);
}
