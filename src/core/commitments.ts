import { undenied } from "./negation.ts";
import { find, type Hit, indexOf, phraseList, type Word, wordsOf } from "./phrases.ts";

/** Something a draft does that costs the house or the customer dearly when nobody meant it. */
export interface Commitment {
  kind: "promise" | "secret" | "payment";
  /** The words that say so. */
  shown: string;
}

/** What a text promises, asks for in secret data, or tells the customer to pay. Denials ("we never ask for your password") are none. */
export function commitmentsOf(text: string, language: string): Commitment[] {
  const words = wordsOf(text);
  return [
    ...hits(words, PROMISES, language).map((shown) => ({ kind: "promise" as const, shown })),
    ...hits(words, SECRETS, language).map((shown) => ({ kind: "secret" as const, shown })),
    ...hits(words, PAYMENTS, language).map((shown) => ({ kind: "payment" as const, shown })),
  ];
}

const hits = (words: Word[], index: ReturnType<typeof indexOf>, language: string): string[] => [
  ...new Set(
    undenied(words, find(words, index), language).map(({ places }: Hit) => places.map((place) => words[place]?.text ?? "").join(" ")),
  ),
];

/** Money back, gifts, discounts, guarantees, and decisions in the customer's favour. */
const PROMISES = indexOf(
  phraseList(`
  we|we'll|i|i'll|will|shall|gladly|hereby ... refund|reimburse|compensate|credit|waive|guarantee
  we'll|we ... give|offer|grant|send|replace|gift ... free|discount|voucher|coupon|credit|bonus|compensation|charge|cost|half
  you'll|you .. get|receive|will|are .. full|all|complete|your ... refund|money|discount|voucher|credit|compensation|bonus
  you'll|you .. get|receive|entitled|granted ... discount|refund|voucher|coupon|credit|compensation|bonus|free
  refund|replacement|exchange|discount|credit|return|claim|compensation ... is|was|has|have|been .. approved|granted|confirmed|authorised|authorized|issued|processed
  approved|granted|authorised|authorized .. refund|replacement|exchange|discount|credit; your .. voucher|coupon|discount|gift|code .. is
  money back .. guarantee; free of charge; at no cost|charge; everything|all|shipping|delivery|returns ... is|are free; free for life|ever|you
  guarantee|guaranteed|promise that|you|delivery; customers get .. credit|refund|discount; paid twice; waive .. fee|fees
  wir|ich|ihnen|sie ... erstatten|erstattet|ersetzen|schenken|gewahren|verguten|entschadigen|garantieren|erlassen
  sie erhalten|bekommen|kriegen ... rabatt|nachlass|gutschein|gutschrift|erstattung|garantie|entschadigung|geschenk|geld
  wir .. ubernehmen .. alle|die|samtliche .. kosten; kostenlos|gratis|geschenkt; prozent .. rabatt|nachlass
  gutschrift|erstattung|ruckzahlung|umtausch|ersatz|rabatt .. ist|wurde|wird .. bestatigt|genehmigt|bewilligt|veranlasst|freigegeben
  lebenslange garantie; geld zuruck
  le|les|te ... reembolsaremos|devolveremos|abonaremos|regalamos|regalaremos|compensaremos|garantizamos|descontaremos
  reembolso|devolucion|cambio|descuento|abono .. esta|ha|sido|queda .. confirmado|confirmada|aprobado|aprobada|autorizado|concedido; compensacion de
  gratis|gratuito|gratuita|regalo|regalamos; todo es; sin coste|costo|cargo; descuento del|de; recibira .. descuento|reembolso|vale|regalo
  nous vous|te|lui .. remboursons|rembourserons|accordons|accorderons|offrons|offrirons|indemnisons|garantissons|dedommagerons
  nous .. remboursons|rembourserons|accordons|offrons|garantissons
  remboursement|avoir|remise|echange|reduction .. est|a|ete .. accorde|accordee|approuve|confirme|valide
  gratuit|gratuite|gratuitement|offert|offerte|offerts; un avoir; une remise|reduction de
  vous .. recevrez|obtenez|beneficiez .. remboursement|remise|reduction|avoir|cadeau; sans frais
  vamos|iremos .. devolver|reembolsar|indenizar|compensar|oferecer|dar; devolveremos|reembolsaremos|garantimos|oferecemos|ofereceremos|concedemos
  reembolso|desconto|troca|credito|devolucao .. foi|esta|sera|ja .. autorizado|autorizada|aprovado|aprovada|confirmado|confirmada|concedido|liberado
  gratis|gratuito|gratuita|gratuitamente; de graca; sem custo|custos|encargos; voce .. recebera|ganha|ganhou .. desconto|reembolso|vale|brinde`),
);

/** What nobody in a shop may ask for in a message. */
const SECRETS = indexOf(
  phraseList(`
  send|give|tell|enter|provide|reply|confirm|share|email|verify ... your .. password|passwords|pin|cvv|cvc|card|credentials|passcode|login
  send|give|tell|enter|provide|reply|confirm|share .. password|cvv|cvc
  senden|schicken|nennen|teilen|geben|bestatigen ... passwort|pin|kartennummer|kreditkartennummer|zugangsdaten|tan|geheimzahl|prufziffer
  envienos|enviar|envie|mandenos|diganos|indiquenos|confirme ... contrasena|clave|pin|cvv|tarjeta
  envoyez|envoyer|donnez|communiquez|indiquez|confirmez|confirmer ... mot de passe
  envoyez|envoyer|donnez|communiquez|indiquez|confirmez|confirmer ... cryptogramme|identifiants
  envoyez|envoyer|donnez|communiquez|indiquez|confirmez|confirmer ... code|numero .. carte
  envie|enviar|informe|mande|confirme|forneca ... senha|pin|cvv|cartao|palavra; password|passwort|senha|contrasena is|lautet|ist|e|es
  mot de passe est; key|cle|clave|token|schlussel|chave is|est|ist|lautet|es|e`),
);

/** Money that is to go somewhere. */
const PAYMENTS = indexOf(
  phraseList(`
  pay|transfer|send|wire ... new|our|this|following .. account|iban|wallet|address; pay|paying .. advance|upfront|gift; gift card|cards|karte; buy now
  uberweisen|zahlen|bezahlen ... auf|vorab|an|konto|iban; pague|pagar|transfiera|transferir ... cuenta|adelantado|iban|tarjeta|taxa|conta|antecipado
  payez|payer|versez|virez|virer ... compte|avance|iban|carte; compre ahora; iban; bitcoin|usdt|crypto wallet|address`),
);
