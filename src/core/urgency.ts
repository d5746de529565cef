import { undenied } from "./negation.ts";
import { find, type Hit, indexOf, phraseList, type Word } from "./phrases.ts";
import type { Urgency } from "./words.ts";

/** How soon the customer needs an answer, by their own words: `high` when time is short, `low` when they say that it is not; `hit` holds the telling words. */
export function urgencyOf(words: Word[], language: string): { urgency: Urgency; hit: Hit | null } {
  const critical = undenied(words, find(words, TIME_CRITICAL), language)[0];
  if (critical) return { urgency: "high", hit: critical };
  const patient = find(words, NO_HURRY)[0];
  return patient ? { urgency: "low", hit: patient } : { urgency: "normal", hit: null };
}

const TIME_CRITICAL = indexOf(
  phraseList(`
  urgent|urgently|asap|urgency; as soon as possible; deadline; need|needed|needs|want|must|required|arrive|deliver|delivered|reply|answer|get .. today|tomorrow|tonight|immediately; by|latest .. today|tonight|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday|weekend|noon; no later than .. today|tonight|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday|weekend|noon; race|event|wedding|birthday|holiday|flight .. is|this tomorrow|weekend|saturday|sunday; right away; time is running|critical; running out of time; time is short; leave|fly|travel|depart .. today|tomorrow|tonight
  dringend|dringende|dringender|eilig|eilt; sofort; schnellstmoglich|schnellstens|umgehend; so schnell wie moglich; bis .. heute|morgen|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|wochenende; brauche|brauchen|benotige .. heute|morgen; fahre|fliege|verreise .. heute|morgen
  urgente|urgentemente|urgencia; lo antes posible; cuanto antes; inmediatamente; antes del|de .. lunes|martes|miercoles|jueves|viernes|sabado|domingo|manana|hoy; para manana|hoy; necesito .. hoy|manana
  urgent|urgente|urgence; au plus vite; des que possible; rapidement possible; immediatement; avant .. demain|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche; d ici .. demain|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche; pour demain|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche; besoin .. aujourd'hui|demain
  o mais rapido possivel; quanto antes; imediatamente; ate|para amanha|hoje|segunda|terca|quarta|quinta|sexta|sabado|domingo; antes de .. amanha|segunda|terca|quarta|quinta|sexta|sabado|domingo; preciso .. hoje|amanha`),
);

const NO_HURRY = indexOf(
  phraseList(`
  no hurry|rush; not urgent; isn't urgent; not in a hurry|rush; no need to hurry; not time critical|sensitive; take your time; whenever you|it .. time|chance|moment|suits|convenient; when you get a chance|moment|minute; at your convenience|leisure; it can wait
  keine eile; nicht eilig|dringend; eilt nicht; hat .. zeit; wenn sie|ihr|du .. zeit; bei gelegenheit; kann warten
  sin prisa|apuro; no hay|tengo|corre .. prisa; no es|corre urgente; cuando pueda|puedan|puedas|tenga|tengan .. tiempo|momento; puede esperar
  pas urgent|presse; rien|aucune d urgent|urgence; pas .. urgence; prenez .. temps; quand vous .. temps|moment; cela peut attendre; sans urgence
  sem pressa|urgencia; nao tenho|ha pressa; nao e urgente; quando puder|puderem|tiver|tiverem .. tempo; pode esperar`),
);
