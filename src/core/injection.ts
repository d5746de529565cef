import type { Keywords } from "./keywords.ts";
import { indexOf, phraseList as list } from "./phrases.ts";
import { hidesWords } from "./smuggled.ts";

/** Words that speak to a language model instead of to a shop, in five languages; `friends` are ordinary sentences that look like it. */
export const INJECTION: Keywords = {
  raise: list(`
    ignore|disregard|forget|override|bypass|discard .. instruction|instructions|prompt|prompts|rules|guidelines|guardrails|directives|programming
    ignore|disregard|forget|override .. all|everything|anything .. previous|above|before|prior; ignore|disregard .. above|prior and
    system prompt|message|instruction|instructions; what are|were your instructions|rules|prompt; you must answer|reply|respond|say|output|confirm
    systemprompt|systemprompts; your|initial|hidden|original|secret|internal|developer prompt|prompts
    reveal|show|print|repeat|output|display|leak|share|paste|tell .. your|hidden|secret|internal|initial .. instructions|prompt
    you're now a|an|the|my|in|dan; you are now|henceforth a|an|the|my|in|dan|discountbot|free|no|called|acting|unrestricted
    from now on you|respond|answer|act|reply .. are|will|must|as|only|in|a; pretend to|that|you|you're .. be|you|are|an|a
    role play|playing; roleplay|roleplaying; developer|god|dan|sudo mode; jailbreak|jailbroken; do anything now
    new|updated|additional instructions|instruction from|follow|are|override; answer|reply|respond .. exactly with|this|these
    answer|reply|respond .. only with this|these|the
    repeat verbatim|after; system ignore|override; assistant sure|of|yes; end of .. prompt|instructions|context; as an ai|llm
    simulate|emulate|act .. unrestricted|unfiltered|jailbroken; instruction|instructions|note for|to .. ai|assistant|llm; approve this draft

    ignoriere|ignorier|ignorieren|vergiss|vergessen|missachte|missachten|uberschreibe .. anweisung|anweisungen|instruktion|instruktionen|regeln|vorgaben|prompt|befehle|richtlinien
    ignoriere|vergiss .. alles|alle .. vorherige|vorherigen|bisherige|bisherigen|zuvor|obige|davor
    du bist jetzt|ab|nun; sie sind jetzt|nun .. ein|eine|bot|assistent; ab sofort|jetzt bist|antworte|antwortest .. du|nur|als; tu|tue so als
    spiele|spiel .. rolle; entwicklermodus; neue anweisung|anweisungen; antworte|antworten .. nur|genau|exakt|ausschliesslich .. mit|folgendem
    zeig|zeige|nenne|verrate|gib .. deine|deinen|deiner|interne|internen .. anweisungen|prompt|regeln|instruktionen; schreibe|wiederhole|sag wortlich

    ignora|ignore|ignorar|ignoren|olvida|olvide|descarta|omite .. instruccion|instrucciones|reglas|indicaciones|ordenes|directrices|prompt
    ignora|olvida .. todo .. anterior|anteriores|dicho; ahora eres; eres ahora; a partir de ahora .. eres|responde|actua; finge|simula que|ser
    modo desarrollador|dios; nuevas instrucciones; responde|contesta .. solo|exactamente|unicamente .. con|esto
    muestra|muestrame|revela|dime|imprime .. tus|tu .. instrucciones|prompt|reglas; repite|escribe literalmente; prompt|instrucciones del sistema
    instrucciones anteriores|previas

    ignore|ignorez|ignorer|oublie|oubliez|oublier .. instruction|instructions|consigne|consignes|regles|directives|prompt
    oublie|oubliez|ignore|ignorez .. tout .. precedent|avant|dit|precede; tu es maintenant|desormais; vous etes maintenant|desormais un|une|le|la
    a partir de maintenant tu|vous|reponds|repondez; fais|faites comme si; fais|faites semblant; mode developpeur; nouvelles instructions|consignes
    reponds|repondez .. uniquement|exactement|seulement .. par|avec|ceci
    montre|montrez|revele|revelez|affiche|affichez|donne .. tes|vos|ton|votre .. instructions|prompt|consignes|regles; prompt|message systeme; repete|repetez|ecris|ecrivez mot|textuellement

    ignore|ignora|ignorar|ignorem|esqueca|esquece|esquecer|desconsidere|desconsidera .. instrucao|instrucoes|regras|orientacoes|comandos|diretrizes|prompt
    esqueca|ignore .. tudo .. anterior|antes|disse; voce agora e|sera; agora voce|tu e|es; a partir de agora .. voce|responda|es; finja|finge que|ser
    modo desenvolvedor|programador; novas instrucoes; responda|responde .. apenas|exatamente|somente .. com|isto|isso
    mostre|mostra|revele|revela|diga .. suas|tuas|seu|teu|sua .. instrucoes|prompt|regras; prompt|instrucoes do sistema; repita|escreva literalmente

    forget|ignore|disregard .. your .. developers|creators|makers|programmers|bosses|owners
    drop|ditch|disable|deactivate|suspend|lift|abandon your .. guidelines|rules|safety|filters|restrictions|limits|checks|guardrails
    disable|deactivate|bypass|skip your|the|all|any safety|moderation; disable|deactivate|bypass|skip your .. filter|filters|checks
    your rules|guidelines|restrictions .. no longer|not .. apply|valid; without any checks|restrictions|filters|limits
    from here|now|this point on .. answer|reply|respond|say|act|always|never|you
    answer|reply|respond|write|say .. exactly|only|nothing but|just with|this|these|yes; answer|reply|respond exactly|verbatim
    answer|reply|respond every question|message; say exactly|only|verbatim
    your answer|reply|response .. must|should|has|shall .. begin|start|say|state|contain|end|include
    must .. confirm|promise|state|say|write in your|the reply|answer|response; do not mention any|the conditions|rules|terms
    in your answer|reply|response include|add|put|insert|say|claim
    end|begin|start|finish|close your|the message|answer|reply|response with; format the|your answer|reply|response .. as html|markdown|json
    into|in|to|at|under your|the reply|answer|response .. include|add|insert|append|put
    put|insert|append|embed .. into|in|to your|the reply|answer|response; tell customers|everyone|users|the .. to|that .. from|always|now
    tell every|all|the customer|customers; ai assistants|assistant ignore|must|should; when answering say|write|tell|mention
    write .. poem|song|story|limerick about; tell me honestly that; just write that; that's what your answer
    print|repeat|list|copy|output|show|summarise|summarize .. everything|text|words|all above|before; everything above this
    word for word|verbatim .. prompt|rules|instructions; rules|instructions|guidelines|orders .. you .. were|got .. given|told|received
    what .. were .. you .. told|instructed|given|programmed
    maintenance|debug|debugging|developer|admin|unrestricted|unfiltered|test|root mode answer|reply|respond|ignore|approve
    i'm|am|this is|here|speaking|as .. administrator|admin|developer|creator|sysadmin .. bot|system|you|your|this
    i|we work at|for anthropic|openai|google; i'm|am|we're|are testing|auditing you; your safety layer|filter|filters|rules
    approve .. this|the|draft .. automatically|draft; execute|invoke .. tool call; tool call
    decode|decrypt|decipher|unscramble .. and .. follow|obey|execute|do|comply|run; follow|obey .. decoded|hidden|encoded; customer before me
    other|another|previous|last|recent customer's|customers|customer|people's|users .. email|e|address|addresses|data|details|orders|phone|phones|names|number|numbers
    what|which .. customer|customers before|else; orders in your database|system; list .. orders|customers .. names|addresses|database
    internal|private notes|comments
    show|paste|send|print|give|tell me|us .. your|api|secret|access|admin .. key|keys|token|tokens|credentials|passwords; conversation history in
    encode the|this .. conversation|history|chat
    new|hidden|additional policy all|every|from; confirm that in writing; report success

    vergiss|vergessen|ignoriere|ignorieren|missachte .. anweisungen|anweisung|regeln|vorgaben|entwickler|richtlinien
    setz|setze|setzen dich|sich .. uber .. vorgaben|regeln|anweisungen; hinweg
    deine|ihre regeln|vorgaben|anweisungen|richtlinien .. gelten|gilt .. nicht|mehr; ab sofort nicht|antwortest|antworte|bist|schreibst|gilt
    antworte|antworten|schreib|schreibe nur|ausschliesslich|genau|immer .. noch|mit|auf|dass; antworte|antworten mit|dass
    schreib|schreibe|schreiben .. in .. deine|ihre|die antwort; antworte mit einem
    beginne|beende|starte|schliesse .. deine|die|ihre antwort|nachricht; fuge|setze|schreib .. unter|in .. deine|die|ihre .. antwort .. ein|hinzu
    schreib|schreibe|sag|sage .. dass .. wir|der|die|das|ihr|alles|konkurrent; und .. beleidige|beleidigst mich
    systemprompt|prompt .. ubersetze|zeig|zeige|schick|nenne|ausgeben; ubersetze|zeig|zeige|schick|nenne .. systemprompt|prompt
    welche .. richtlinien|regeln|anweisungen|vorgaben .. hat|haben|hast .. dir|du|man
    interne|internen|geheime|geheimen .. anweisungen|notizen|regeln|richtlinien; wechsle|schalte|geh .. wartungsmodus|debugmodus|adminmodus|testmodus
    hier spricht|schreibt .. geschaftsfuhrung|chef|leitung|administrator|entwickler
    bin|als .. entwickler|administrator|admin|programmierer .. bots|systems|dieses|du; prufung|prufungen|kontrolle entfallt|entfallen|aus
    wechsle|schalte|geh in .. modus|wartungsmodus; gib|nenne|zeige|liste .. alle .. zugangsdaten|passworter|kundendaten|kunden|bestellungen
    nenne|zeige|gib .. adresse|daten|name|telefonnummer .. kundin|kunden|anderen; wiederhole|wiederholen .. in jeder antwort
    schreibe|schreib|sag am ende immer; der assistent soll|muss|wird; entschlussle|dekodiere .. befolge|folge; sie geben .. kunden|diesem
    schreiben das so

    olvida|olvide|ignora|omite|descarta .. instrucciones|reglas|ordenes|restricciones|normas; sin|no .. restricciones|filtros|limites|censura
    a partir de este|ahora .. momento|responde|di|no|eres; de ahora en adelante .. responde|di|eres|contesta
    responde|contesta|responda exactamente|solo|unicamente|con|que; en|a tu|la|su respuesta .. incluye|anade|pon|escribe|agrega
    incluye|anade|pon|escribe|agrega .. en|a .. la|tu|su respuesta; tu|la respuesta .. debe|tiene|empiece|diga
    tienes|debes|tiene que prometer*|decir|confirmar|escribir; tienes que prometerme; dile|diles|digan|diga .. a .. todos|clientes|cliente
    di|diga|confirma que .. la|el|todo|vuestros|sus|nuestros|empresa; mensaje del operador
    prompt .. configuraron|sistema|muestra*|copia; muestra*|dime|copia*|repite .. prompt|instrucciones|reglas|ordenes
    que te ordenaron|dijeron|mandaron|programaron; tus creadores|programadores|desarrolladores
    soy|aqui|como .. administrador|desarrollador|programador|creador .. sistema|bot|tu|activa|modo
    activa|entra|pasa|cambia .. modo sin|desarrollador|mantenimiento|administrador|depuracion|prueba; este cliente es .. verificado|vip
    descifra|decodifica|descodifica .. obedece|sigue|cumple|ejecuta; otros clientes .. comprado|telefonos|correos|datos|direcciones
    que otros clientes; notas|nota privadas|internas|privada|interna; ahora eres .. un|una; eres .. vendedor|pirata|bot agresivo|malo
    di que .. empresa|dueno|tienda|todo

    oublie|oubliez|ignore|ignorez .. consignes|instructions|regles|directives|tout
    ne tiens|tenez .. compte .. reglement|regles|consignes|instructions; de ton|votre reglement
    reponds|repondez|ecris|dis .. uniquement|seulement|exactement|simplement|toujours que|par|avec|en|a; reponds|repondez que|en|par|uniquement
    il faut que ta|votre reponse; ta|votre|la reponse .. doit|devra|commence|finisse|contienne
    ajoute|ajoutez|inclus|incluez|mets|insere .. a|dans|en .. ta|votre|la reponse; dans ta|la reponse; demande|demandez|dis|dites au client
    termine|commence|finis par .. a|un|une|votre|ton; ecris|ecrivez .. au debut|fin; message pour le support
    affiche|montre|copie|donne|resume .. consignes|instructions|regles|prompt|mot
    quelles|quelle .. regles|consignes|instructions .. t|on|donnees|recues; qu on ta|te|t donnees|dit|ordonne
    passe|passez|active|activez .. mode debogage|debug|developpeur|developpement|maintenance|administrateur
    ici|je suis la|le|ton|votre .. direction|developpeur|administrateur|createur|patron .. tu|passe|dois|accorder|ordre; c est un ordre
    tu dois|vas .. accorder|dire|ecrire|repondre|confirmer; lis|lisez|dechiffre|decode .. envers|obeis|suis
    commandes|donnees|adresse|coordonnees .. de|du .. voisin|autre|autres|client; cle|jeton|token api|acces|secret|secrete
    affiche|donne|montre .. cle|jeton|mot .. api|passe|acces; nouvelle consigne|instruction|directive|regle

    ignore|ignora|esqueca|desconsidere|despreze .. regras|instrucoes|tudo|ordens|orientacoes; tudo o que te mandaram|disseram|ensinaram
    responda|responde|diga|escreva .. apenas|somente|exatamente|so|sempre que|com|isso; responda|responde que|apenas|somente|exatamente
    na|a resposta .. inclua|coloque|adicione|escreva; inclua|coloque|adicione|escreva|insira|ponha .. na|a .. sua|tua resposta
    inclua|coloque|insira na resposta|saudacao|mensagem; na sua|tua resposta
    voce deve|tem|precisa .. garantir|dizer|escrever|confirmar|responder|prometer; escreva isso|uma receita|um poema
    diga que .. a|o|loja|empresa|tudo|faliu; de agora em diante .. responda|diga|voce
    revele|mostre|copie|exiba|repita .. prompt|instrucoes|regras|texto|sistema; copie aqui .. texto; texto que recebeu; antes desta conversa
    aqui e|sou .. gerente|administrador|desenvolvedor|programador|criador .. autorize|libere|confirme|ative|voce|total; libere|ative .. acesso
    libere|ative|entre .. modo desenvolvedor|manutencao|administrador|depuracao
    ultimo|outro|outros|ultimos cliente|clientes .. dados|atendido|endereco|email|telefone|pedidos
    dados do|de .. ultimo|outro|outros .. cliente|clientes; token|chave de acesso|api; admita que .. o|a produto|loja|empresa; otimo repita isso`),
  always: list(`
    ignore|disregard|forget|override|bypass .. your|previous|prior|all .. instructions|rules|guidelines|guardrails|directives|programming
    ignore|disregard .. rules|instructions above; note|message|instruction|instructions|hint|orders to|for .. assistant|ai|llm|chatbot|bot
    ai assistants|assistant ignore|must|should; assistant ignore|always|you|from; from now on you .. answer|reply|say|must
    when answering say|write|tell|mention; tell every|all customer|customers
    ignoriere|vergiss|missachte .. deine|alle|bisherige|bisherigen|vorherigen .. anweisungen|regeln|vorgaben|instruktionen
    hinweis|nachricht|anweisung|befehl|notiz an|fur .. ki|bot|assistenten|assistent|sprachmodell|chatbot
    ab sofort|jetzt antwortest|antworte|schreibst
    ignora|olvida .. tus|las|todas .. instrucciones|reglas|ordenes; instrucciones|nota|mensaje|orden para|al .. ia|asistente|bot|chatbot
    asistente a partir|ahora|debes|ignora; a partir de ahora responde|di|contesta
    ignore|oublie|oubliez|ignorez .. tes|vos|les|toutes .. consignes|instructions|regles
    message|note|consigne|instruction|instructions pour|a .. assistant|ia|bot|chatbot; a partir de maintenant reponds|dis
    ignore|ignora|esqueca .. as|suas|tuas|todas .. regras|instrucoes|ordens
    instrucoes|nota|mensagem|recado|ordem para|ao .. ia|assistente|bot|chatbot; assistente de agora|ignore|responda
    de agora em diante responda|diga`),
  friends: list(`
    torque|installation|assembly|mounting|care|washing|safety|fitting|operating|shipping|delivery|return|cleaning|wiring|build|usage|user|written|printed|manual|included|enclosed instructions|instruction
    instructions in|on .. manual|box|leaflet|page|website|package|video|booklet|kit; instructions included|enclosed|say|said|that
    prompt reply|response|answer|delivery|shipping|shipment|help|service|attention|action|reaction|support|feedback|payment|assistance|replies|email|information
    previous|prior|earlier message|messages|email|emails|mail|mails|question|questions|order|orders|request|requests|note
    instrucciones|instrucoes|instructions de|d montaje|montage|montagem|instalacion|installation|instalacao|uso|utilisation|lavado|lavage|lavagem|seguridad|securite|seguranca|pose
    notice de montage; as an ai|llm engineer`),
};

/** The orders alone, ready to be looked for. */
export const ORDERS = indexOf([...INJECTION.raise, ...(INJECTION.always ?? [])]);

/** Orders that no article gives its readers, who are ordered about all the time: only a model is meant. */
export const ORDERS_TO_MODELS = indexOf(INJECTION.always ?? []);

/** What a chat template of a model looks like; customers do not write it by accident. */
const TEMPLATE_MARKS = [
  "<|im_start|>",
  "<|im_end|>",
  "<|system|>",
  "<|endoftext|>",
  "[inst]",
  "[/inst]",
  "<<sys>>",
  "### instruction",
  "### system",
  "</system>",
  "<system>",
  "</customer",
  "</passage",
  "<assistant>",
  "begin system prompt",
];

/** A line that speaks as somebody else: the roles of a model's conversation, or our own people. */
const SPEAKER =
  /^[\s>#*]{0,6}(?:\[(?:operator|system|admin|assistant|staff)\]|(?:system|assistant|sistema|asistente|système|systeme|admin|administrator|atendente|assistente|ki-assistent|ai)[ \t]{0,2}:[ \t]{0,3}\p{L}[^\n]{8})/imu;
const TOOL_CALL = /"(?:tool|tool_name|function|function_call|tool_call)"\s{0,5}:\s{0,5}["{]/i;

/** Chatwoot's own variables: a template that asks for them wants data about somebody. */
const LIQUID_VARIABLES = /^\s{0,9}(?:contact|agent|conversation|inbox|account|user|for|include|render|assign)\b/i;

/** The marks of a model's template, or a Liquid template that asks for Chatwoot's data, that stand in a text; for people, at most five. */
export function injectionMarks(text: string): string[] {
  const lower = text.toLowerCase();
  const marks = TEMPLATE_MARKS.filter((mark) => lower.includes(mark));
  for (const pattern of [SPEAKER, TOOL_CALL]) {
    const found = pattern.exec(text)?.[0].trim();
    if (found) marks.push(found.slice(0, 40));
  }
  if (hidesWords(text)) marks.push("invisible characters between letters");
  for (const match of text.matchAll(/\{[{%]/g)) {
    if (marks.length >= 5) break;
    if (LIQUID_VARIABLES.test(text.slice(match.index + 2, match.index + 40))) marks.push(`template ${match[0]}`);
  }
  return marks.slice(0, 5);
}
