import { phraseList as list } from "./phrases.ts";
import type { Flag } from "./words.ts";

/**
 * What raises a flag, in English, German, Spanish, French and Portuguese: phrases parted by semicolons and line breaks, written as
 * `phrases.ts` reads them. `friends` look alike and mean something else: words inside one of them raise nothing. A team adds and
 * removes in its policy file.
 */
export interface Keywords {
  raise: string[];
  friends: string[];
}

export type KeywordFlag = Exclude<Flag, "vip" | "injection" | "unverified_contact">;

const safety: Keywords = {
  raise: list(`
    gasoline|petrol|fuel|diesel|oil .. everywhere; gasoline|petrol|fuel|diesel all over; fuel|gasoline|petrol|gas|diesel|oil .. seep|seeps|seeping|gushing|escaping; fuel|gasoline|petrol|gas|diesel .. coming out|from|off|down
    fluid .. drip|drips|dripping|everywhere; hose|line|fitting|pump|regulator|tank .. drip|drips|dripping|seeps|seeping; hose|line|fitting|end .. blew|blown|popped|flew off; came off .. driving|road|motorway|highway
    full of smoke; sprayed .. face|eyes|skin|me; got|was|i'm|am|been burned|burnt|scalded; cut his|her|my|their finger|fingers|hand|arm; fuel|gasoline|petrol|gas vapour|vapor|vapours|vapors; dizzy|nauseous|unconscious|fainted
    flame came|coming|comes|shot|shoots|out; almost|nearly|have crashed; battery .. hot; leak|leaks|leaked|leaking|leakage|leakages|leaky; fumes; on|catch|catches|caught|catching fire; fire in|at|hazard|risk|started|broke|coming
    is|was|a|big|small|engine|electrical|house|kitchen fire; flames; burst|bursts into; is|are|was|started|starts burning; burning plastic|wire|wires|cable|cables|rubber
    smell|smells|smelled|smelling|stink|stinks|reek|reeks|odor|odour .. gas|gasoline|petrol|fuel|diesel|smoke|burning|burnt|propane
    gas|gasoline|petrol|fuel|diesel|burnt|burning .. smell|smells|odor|odour|stench
    smoke .. from|engine|hood|bonnet|everywhere|cabin|dashboard; smoking .. engine|hood|bonnet|battery|charger|dashboard; is|started|starts|was smoking
    spray|sprays|spraying|sprayed|drip|drips|dripping|pour|pours|pouring .. fuel|gas|gasoline|petrol
    fuel|gas|gasoline|petrol|diesel .. spray|sprays|spraying|sprayed|drip|drips|dripping|pours|pouring
    brake|brakes|braking .. fail|fails|failed|failing|failure|gone|soft|spongy|fade|fading|locked|stuck
    brake|brakes .. not|dont|don't|doesn't|won't|cannot|can't|aren't .. work|working|hold|holding|respond|stop|grip; brake|brakes stopped working
    puddle|pool of .. fuel|gasoline|petrol|gas|diesel; exploded|explodes; can't|cannot|couldn't|cant brake; brake|brakes .. went out; no|lost|losing brakes; pedal .. floor; steering .. failed|locked|lost
    hose|line|tank|pipe|battery|tyre|tire|charger .. burst|ruptured|explode|exploded|exploding; burst|ruptured|exploded .. hose|line|tank|pipe|battery|tyre|tire
    explosion; about|going to explode; electric shock|shocks; electrocut*; got|get|gets|gives|gave .. shock; sparks|sparking; carbon monoxide
    swollen|bulging|swelling battery; battery .. swollen|bulging|swelling|swelled; injured|injury|injuries|bleeding; got|been|get hurt
    burned|burnt .. hand|hands|skin|arm|face|finger|fingers|leg|myself|son|daughter|child; had|caused|have|in an accident|crash; poisoned|poisoning; swallowed
    choking|choked; allergic reaction|shock; danger|dangerous|dangerously|unsafe|hazardous; emergency; kill|harm|hurt myself; suicide|suicidal; want|wanna to die

    leck|lecks|leckt|lecken|leckage|leckagen|leckend*; undicht|undichte|undichter|undichtes|undichten|undichtigkeit
    tropft|spritzt|lauft|austritt .. benzin|sprit|kraftstoff|diesel|bremsflussigkeit; benzin|sprit|kraftstoff|diesel|bremsflussigkeit .. tropft|spritzt|lauft|auslauft|austritt|ausgetreten|ausgelaufen
    brandgefahr|explosionsgefahr|lebensgefahr|unfallgefahr|feuergefahr; es|auto|motor|motorraum|gerat brennt; brennt es; in brand|flammen; feuer im|am|gefangen|ausgebrochen; fangt feuer
    riecht|stinkt .. benzin|gas|diesel|sprit|verbrannt|rauch|kraftstoff|verschmort|angebrannt; benzingeruch|gasgeruch|brandgeruch|kraftstoffgeruch|rauchentwicklung
    qualmt|qualm|raucht; rauch aus|im|kommt|steigt; dampfe|benzindampfe|gasdampfe; bremse|bremsen .. versagt|versagen|ausgefallen|weich|weg|defekt
    bremse|bremsen .. funktionieren|funktioniert|greifen|greift|gehen|geht|reagieren|reagiert|zieht|ziehen nicht|kaum; kommt|steigt|dringt .. rauch|qualm; bremsversagen|bremsausfall; bremst|bremsen nicht|kaum; keine bremse|bremsen|bremswirkung
    bremspedal .. boden|weich|durch; pedal .. boden; geplatzt|explodiert|explosion|explodieren; stromschlag|stromschlage|kurzschluss|funken
    verletzt|verletzung|verletzungen; unfall; vergiftet|vergiftung; gefahrlich|gefahrliche|gefahrlicher|gefahrliches|lebensgefahrlich; notfall; verbrannt .. hand|hande|haut|arm|finger

    fuga|fugas; gotea|goteando|goteo|pierde|perdiendo|derrama .. gasolina|combustible|aceite|liquido|gas|diesel|gasoil; gasolina|combustible .. gotea|goteando|derrama|sale|saliendo
    huele|olor .. gasolina|gas|quemado|humo|combustible|diesel|gasoil; incendio|incendios|incendiado; en llamas; llamas; fuego en|al|del|dentro; hay|prende|prendio|cogio fuego
    echa|sale|saliendo|hay|mucho humo; humo del|en|por; vapores; freno|frenos .. falla|fallan|fallaron|fallo|rotos|roto|blando; freno|frenos .. no .. funciona|funcionan|responden|frenan|van; sin frenos
    explosion|exploto|explota|explotar|revento|reventado; descarga|descargas electrica|electricas; chispas|cortocircuito; herido|herida|heridos|lesion|lesiones|quemadura|quemaduras
    accidente; intoxicacion|envenenamiento; peligro|peligroso|peligrosa|peligrosos; emergencia

    fuite|fuites|fuit|fuient|fuyait; goutte|coule|degouline .. essence|carburant|gaz|gazole|diesel|huile; essence|carburant|gaz|gazole .. goutte|coule|fuit|degouline|echappe
    sent|odeur|odeurs|pue .. essence|gaz|brule|carburant|fumee|gazole; incendie|incendies; en feu|flammes; pris|prend|prendre feu; feu dans|sous|au; flammes
    fumee qui|sort|dans|du|sous|noire; moteur|capot|voiture|batterie fume; vapeurs; frein|freins .. lache|lachent|lachee|mou|casse|panne; frein|freins ne .. plus|fonctionnent|fonctionne|repondent|marchent; plus|pas de freins; sans freins
    explosion|explose|exploser|eclate|eclatee; decharge|choc electrique; etincelles; court circuit; blesse|blessee|blesses|blessure|blessures|brulure|brulures
    accident .. voiture|route|grave; eu|cause un accident; intoxication|empoisonnement; danger|dangereux|dangereuse|dangereuses

    vazamento|vazamentos|vazando|vaza|vazou; pinga|pingando|escorre|derrama|derramando .. gasolina|combustivel|oleo|gas|diesel; gasolina|combustivel .. pinga|pingando|derrama|vazando|sai|saindo
    cheiro|cheira|cheirando .. gasolina|gas|queimado|fumo|fumaca|combustivel; em chamas; chamas; pegou|pegando|pega fogo; fogo no|na; fumaca|fumo .. no|na|do|da|saindo|sai|motor
    freio|freios|travao|travoes .. falha|falham|falhou|falharam|mole; freio|freios|travao|travoes .. nao .. funciona|funcionam|respondem|travam; sem freio|freios|travoes|travao
    explosao|explodiu|explodir|estourou|rebentou; choque eletrico; levei um choque; faiscas|curto circuito; ferido|ferida|feridos|ferimento|ferimentos|queimadura|queimaduras; acidente; intoxicacao|envenenamento; perigo|perigoso|perigosa|perigosos`),
  friends: list(`
    leak less|free|proof|resistant|tight|test|tests|tester|testing|testers|detector|detection|detecting|sealant|stop|stopper|down|rate; leakproof|leaktight
    data|information|email|password|account leak|leaks|leaked|leakage; leaked .. data|email|emails|password|passwords|address|photos|price|prices|information
    prevent|prevents|avoid|avoiding|preventing|against .. leak|leaks|leaking|leakage; stopped|stops leaking; check|checking|test|testing|look|looking|inspect .. leaks
    fire extinguisher|extinguishers|sleeve|sleeves|hydrant|wall|resistant|retardant|proof|rated|department|sale|hose|alarm|pit|place|truck|engine|station|brigade|blanket; camp fire; fire tv|stick|hd|red
    smoke grey|gray|black|tinted|detector|detectors|alarm|machine|test|tester|color|colour|free; burning oil; burning question|rubber; gas|fuel|petrol station|stations|card|price|prices|mileage
    bleeding edge; bleeding .. brake|brakes|system|clutch|line|lines|air; brake|brakes|clutch|air .. bleeding; brake fade resistant; by accident; accident insurance|free; hazard light|lights|switch; dangerous|hazardous goods|materials|substances
    burst pressure|mode|strength|test|rating|ratings; emergency exit|light|lights|kit|contact|number|hammer|brake|spare|stock|supply; fuel|gasoline|gas vapor|vapour line|lines|separator|canister|valve|hose; spark plug|plugs; explosion proof; exploded view|drawing|diagram; carbon monoxide detector|alarm
    leckschutz|lecktest|lecksuche; leck mich; vermeide|vermeiden|verhindere|verhindern|gegen .. leck|lecks|leckage|leckagen; evitar|prevenir .. fuga|fugas|vazamento|vazamentos; eviter|prevenir .. fuite|fuites; dangerous|harmful|gefahrlich|peligroso|dangereux|perigoso for|to|fur|para|pour .. paint|lack|pintura|peinture|rubber|gummi|plastic|kunststoff|aluminium|aluminio; unfallfrei|unfallversicherung; lecker; feuer frei; fire|feuer fest
    antifugas|antiincendios; detector|deteccion|prueba de fugas|fuga|incendio|incendios|humo; extintor de incendios; contra incendios|incendio; salida|luz|luces|kit|freno|triangulo de emergencia; mercancias peligrosas
    anti fuite|fuites|feu; detecteur|detection|test de fuite|fuites|fumee; feu rouge|arriere|avant|stop; marchandises|matieres dangereuses; fuga|fugas maxima|permitida; a prova de vazamento|fogo; detector|teste|detecao|deteccao de vazamento|vazamentos|fumaca; mercadorias|produtos perigosas|perigosos`),
};

const legal: Keywords = {
  raise: list(`
    sue you|your|them|nordhose|this|the|him|her|if|over|for|unless; suing|sued; will|would|i'll|we'll|gonna|could|can|might|shall|must|should sue; than|but to sue
    going|want|forced|prepared|ready|intend|decided|have|plan|right|threaten|threatening|like to sue; not|won't|wont hesitate to .. sue|lawyer|legal|court
    lawsuit|lawsuits|litigation|litigate|subpoena; lawyer|lawyers|attorney|attorneys|solicitor|solicitors|barrister; legally liable
    legal action|actions|matter|matters|step|steps|proceeding|proceedings|claim|claims|advice|team|department|dispute|counsel|consequences|letter|notice|route|measures
    to|in|before court; know|exercise|reserve .. my .. rights; consumer rights; legal insurance|protection|costs|fees; compensation .. damages; court case|order|hearing|proceedings|action; small claims; trading standards; consumer protection|tribunal; ombudsman; cease and desist; pay .. damages; claim|compensation for damages; legal rights; file|filing|filed .. suit; claim against you|your
    press|pressing charges; class action

    anwalt|anwalte|anwaltin|anwalts|anwaltlich*|rechtsanwalt*; klage .. einreichen|erheben|erhoben; verklage|verklagen|verklagt; vor gericht; gerichtlich|gerichtliche|gerichtlichen|gerichtsverfahren
    rechtliche|rechtlichen|juristische|juristischen schritte|schritten|konsequenzen|mittel; rechtlich .. vorgehen; rechtsweg|rechtsstreit|rechtsabteilung|rechtsschutz|rechtsschutzversicherung; strafanzeige; anzeige erstatten|erstatte; erstatte|erstatten .. anzeige
    verbraucherzentrale|verbraucherschutz; abmahnung|mahnbescheid|schadensersatz|schadenersatz

    demandar|demandare|demandaremos|demandarlos|demandarles|demandarte; demanda .. judicial|contra|juzgado; poner|interponer|presentar .. demanda|denuncia|querella; abogado|abogada|abogados|abogadas
    acciones|accion|medidas|via legal|legales|judicial|judiciales; juzgado|juzgados|tribunal|tribunales; ir|llevar|llevare|llevarlos a juicio; denunciar|denunciare|denunciarlos|denuncia; danos y perjuicios

    avocat|avocate|avocats; porter|porte|porterai|deposer|deposerai plainte; tribunal|tribunaux; action|actions|poursuite|poursuites|demarche|demarches|voie .. justice|judiciaire|judiciaires|juridique|juridiques; en justice
    poursuivre .. justice|vous|tribunal; mise en demeure; huissier; dommages et interets

    advogado|advogada|advogados; processar .. voces|empresa|vos|loja; vou|vamos|irei processar; acao|acoes|medidas|vias judicial|judiciais|legal|legais; processo judicial; na|em justica; procon; livro de reclamacoes; danos morais|materiais`),
  friends: list(`
    power of attorney; street|road legal; legal address|entity|name|tender; food|tennis|basketball|squash court; court road|street|lane|avenue|yard; district attorney; a mi juicio; alta|gran|mucha demanda; salade d avocat|avocats; avocat|avocats mur|murs|frais|bio`),
};

const privacy: Keywords = {
  raise: list(`
    gdpr|dsgvo|rgpd|lgpd|ccpa|lopd|lopdgdd|cnil; personal|private data; personal|private information|details; data protection|breach|leak|subject|privacy|controller; right to be|erasure|access; remove|delete|take|wipe .. from your|the database|systems|system|records|files|list; subject access; privacy policy|concern|concerns|request|rights|violation|law|laws|breach|officer|complaint; my|our privacy
    delete|deleting|erase|erasing|remove|removing|wipe|close my|our .. account|data|information|details|records|profile; delete|erase|remove .. about me; forget me; delete|erase all .. my|info|data; delete|erase|remove all|any|the data|information|account; copy|export|deletion|removal .. my data; my data .. removed|deleted|erased|sold|shared|leaked|misused; want|request my data; deletion|erasure of my; data|information .. about me; data|information .. you hold|store|keep|have .. me
    sold|share|shared|sharing|leaked|selling .. my email|e|address|data|details|information|phone; article 15|17

    datenschutz*|datenauskunft|datenleck|datenpanne|datenloschung; personenbezogen*; personlichen|personliche daten; daten .. loschen|geloscht|loschung|auskunft; loschen|losche|losch|loscht .. konto|account|daten|kundenkonto
    konto|account|kundenkonto .. loschen|geloscht|loschung; auskunft .. daten; welche|alle daten .. mich; daten .. mich .. gespeichert; recht auf vergessen|vergessenwerden|loschung|auskunft

    proteccion de datos; datos personales|privados; copia|acceso|uso .. mis datos; borrar|borren|eliminar|eliminen|suprimir|elimine|borre .. datos|cuenta|informacion; privacidad; derecho al olvido; derecho de|a supresion|acceso|rectificacion|oposicion; droit d|de|a acces|effacement|rectification|oubli|opposition; datos .. sobre|de mi
    donnees personnelles; copie|acces .. mes donnees; protection des donnees; supprimer|effacer|supprimez|effacez .. compte|donnees|informations; vie privee; informations|donnees .. sur moi; droit a l oubli|effacement; confidentialite .. donnees
    dados pessoais; copia|acesso .. meus dados; protecao de dados; apagar|apaguem|eliminar|excluir|excluam|eliminem|remover .. dados|conta|informacoes; direito ao esquecimento; dados|informacoes .. sobre mim`),
  friends: list(`
    privacy glass|screen|screens|fence|film|filter|curtain|lock; data sheet|sheets|logger|loggers|logging|cable|cables|plate|log|port|link; delete|remove .. item|position|cart|basket; close .. order|ticket; hoja|ficha|cable de datos`),
};

const fraud: Keywords = {
  raise: list(`
    frauduleu*; took|taken|taking .. money .. card|account; without my permission|consent|authorisation|authorization|knowledge; unknown|strange|mysterious .. charge|charges|transaction|payment|debit|withdrawal; fraud|frauds|fraudulent|fraudulently|fraudster|fraudsters; scam|scams|scammed|scammer|scammers|scamming; identity theft; stolen .. card|account|identity|paypal; card|account|identity|paypal .. stolen|hacked|compromised|hijacked|cloned; stole .. card|identity|account|money
    unauthorised|unauthorized|unrecognised|unrecognized|suspicious .. charge|charges|transaction|transactions|payment|payments|order|orders|purchase|purchases|access|login|debit|withdrawal
    did not authorise|authorize; didn't|didnt authorise|authorize; never authorised|authorized; not authorised|authorized by me; not|never|didn't|didnt make|place|order .. purchase|order|payment|transaction; never|not made|placed this|that|any|the|an purchase|payment|order|charge; that|which i didn't|didnt|never make|made|authorise|authorize; charged .. never|didn't|not order|ordered|buy|bought; payment|purchase|order|charge|transaction .. didn't|didnt|never|not make|made|place|placed|authorise|authorize|recognise|recognize; hacked|hacker|hackers; phishing|phished; chargeback
    someone|somebody .. used|uses|using|stole|ordered .. card|account|identity; someone|somebody .. order|ordered|bought|paid .. with|using|on my; someone|somebody .. used|uses|using my; someone|somebody .. logged|broke|got .. my account; someone|somebody .. with my card|account; ordered|paid .. in my name; fake invoice|email|emails|shop|website|site

    betrug|betrugs|betruger|betrugerisch*|betrugsverdacht|betrugsversuch|betrogen; abzocke|abzocker; identitatsdiebstahl; gestohlen* .. karte|kreditkarte|konto|paypal|identitat; karte|kreditkarte|konto|identitat .. gestohlen|gehackt|missbraucht|geklaut
    unberechtigt*|unbefugt*|unautorisiert* .. abbuchung|abbuchungen|zahlung|bestellung|zugriff; nicht autorisiert|veranlasst; unbekannte|unerklarliche|seltsame .. abbuchung|zahlung|buchung; gehackt; in meinem namen bestellt; jemand .. meine|mein|meinem|meiner karte|kreditkarte|konto|namen|paypal
    fraude|fraudes|fraudulent*; estafa|estafas|estafado|estafador|estafadores; timo; robo de identidad; tarjeta|cuenta .. robada|robaron|hackeada|clonada; robaron .. tarjeta|cuenta|datos; cargo|cargos|cobro|cobros|pago|pagos|compra|compras .. no .. reconocido|reconocida|autorizado|autorizados|autorizada|autorizadas|autorice|reconozco
    sin mi autorizacion; no autorice|autorizado|reconozco .. cargo|pago|compra|pedido; hackeado|hackearon|hackeada; alguien .. mi tarjeta|cuenta; no hice .. compra|pedido|pago
    arnaque|arnaques|arnaqueur|arnaqueurs; escroquerie|escroqueries|escroc|escrocs; usurpation; carte|compte|identite .. volee|vole|pirate|piratee|usurpee; vole .. carte|compte|identite; non autorise|autorisee|autorises; pas|jamais autorise|passe .. commande|paiement|achat|prelevement; piratage|piratee; pirate mon|ma|mes; hameconnage
    burla|burlas|burlao|burlado|burlada; golpe|golpista|golpistas; roubo de identidade; cartao|conta .. roubado|roubada|clonado|clonada|hackeada|invadida; nao autorizei|autorizado|autorizada|reconheco; hackearam; alguem .. meu|minha cartao|conta`),
  friends: list(`
    betrug .. euro|eur|uhr|grad|bar|prozent|tage|tagen|minuten|stunden|kg|liter|mm|cm|nm|psi|km; preis|betrag|summe|rechnung|temperatur|druck|lange|lieferzeit|wert|durchmesser betrug; golpe de martillo|viento|calor|aire|ariete|estado|vista; un golpe .. coche|carro|paragolpes`),
};

const humanRequested: Keywords = {
  raise: list(`
    speak|talk|chat|speaking|talking .. human|person|agent|representative|rep|manager|supervisor|someone|somebody|operator|advisor|adviser|staff|colleague|employee|boss|anyone|technician|specialist; connect|transfer|put|pass me|us .. human|person|agent|representative|manager|supervisor|someone|somebody|operator|advisor|staff|specialist
    real|actual|live|human person|human|agent|being|operator|representative|employee; human|live support|assistance|chat; a human please|instead|now; agent|human|operator|representative please; reach .. person|human|someone|somebody; get me .. manager|human|person|supervisor|agent; someone|somebody .. call|phone|ring me; need|want|require|give|demand|request .. human|representative|supervisor|manager; need|want|demand an agent|operator|advisor; manager|supervisor .. contact|call; phone number .. talk|speak|call; talk|speak .. support|service
    call|phone|ring me; callback; call .. me|us back; give me|us .. call; no|not|stop|hate|without .. bot|bots|robot|robots|chatbot|chatbots

    mensch|menschen|menschlich*|mitarbeiter|mitarbeiterin|mitarbeitern|berater|beraterin|vorgesetzten|chef|chefin|manager|jemandem|jemanden|kollegen|techniker|ansprechpartner .. sprechen|reden|telefonieren|verbinden|chatten|verbunden
    sprechen|reden|telefonieren|verbinden|verbunden .. mensch|menschen|mitarbeiter|mitarbeiterin|berater|vorgesetzten|chef|manager|jemandem; echter|echten|richtigen|echte|realen mensch|menschen|person|mitarbeiter
    menschlichen|menschlicher|personlichen mitarbeiter|ansprechpartner; ruckruf|zuruckrufen; rufen|ruft|rufe|ruf .. mich|uns an|zuruck; mich .. anrufen|anruft|zuruckrufen; mitarbeiter|mensch|berater|menschen bitte; mochte|will|kann|konnen|konnten .. telefonieren; verbinden .. mich .. kollegen|kollegin|mensch|mitarbeiter; kein|keinen|keine .. bot|bots|chatbot|roboter

    hablar|hable|comunicar|comunicarme|comunicarse|pasar|paseme|chatear .. persona|humano|agente|alguien|encargado|encargada|responsable|supervisor|supervisora|gerente|jefe|operador|operadora|asesor; persona real|humana|verdadera; agente|atencion humano|humana
    llamenme|llameme|llamarme|llamen; me llame|llamen|llamar; ser humano; un|una agente|humano|operador; un|une humain|conseiller|conseillere; passez moi; um|uma atendente|humano; sin|no .. bot|bots|robot|robots; parler|discuter|echanger|passer .. humain|personne|conseiller|conseillere|responsable|quelqu|agent|manager|superieur|operateur|technicien
    vraie|reelle|veritable personne; etre|conseiller|interlocuteur|agent humain; rappelez|rappeler|appelez|appeler moi|nous; me|nous rappeler|rappelle|rappelez|appeler|appelle; pas|sans|plus .. robot|robots|bot|chatbot
    falar|conversar .. pessoa|humano|atendente|alguem|gerente|responsavel|supervisor|operador; pessoa real|verdadeira|humana; atendente|atendimento humano|humana; liguem|ligue|ligar|telefonem .. me|mim; me ligue|liguem|liga|ligar|ligarem; sem|nao .. bot|robo|robos`),
  friends: list(`human error|hair|body; call me crazy|old|paranoid; wetting|cleaning|curing|sealing|release agent; not .. robot arm|hose`),
};

const complaint: Keywords = {
  raise: list(`
    complain|complains|complained|complaint|complaints|complaining; unacceptable|outrageous|appalling|disgraceful|pathetic|ridiculous|disgusted|disgusting|shocking; disappointed|disappointing|disappointment; fed up; unhappy|dissatisfied|unsatisfied|frustrated|frustrating|furious|livid
    terrible|horrible|awful|poor|worst|bad|lousy|useless|shoddy .. service|support|experience|company|quality|shop|communication|packaging; service|support|experience|quality .. terrible|horrible|awful|poor|worst|bad|disgrace|joke|useless; worst .. ever
    not|isn't|wasn't|far .. happy|satisfied|acceptable|impressed|amused; very|so|really|extremely|quite|i'm|am|we're angry|annoyed|upset|mad; second|third|fourth|fifth|3rd|4th|5th|tenth time
    nobody|noone|none .. answer|answers|answered|reply|replies|replied|called|responds|responded|cares|helps|helped; no one .. answer|answers|answered|reply|replies|replied|called|responds|responded|cares|helps|helped
    still no|waiting|not|haven't|hasn't|nothing .. answer|reply|response|callback|heard; waste of time|money; joke of a; disgrace; got|get|received|had no|zero reply|answer|response|help; written|wrote|asked|contacted|emailed|mailed|called .. twice|times; rip off; ripoff; never .. buy|order|shop|recommend .. again|you|here; want my money back

    beschwer|beschwere|beschweren|beschwerde|beschwerden|beschwert; reklamation|reklamationen|reklamieren|reklamiere; unverschamt|unverschamte|unverschamtheit|frechheit|zumutung|inakzeptabel|unzumutbar|katastrophe|katastrophal*|miserabel|miserable*
    enttauscht|enttauschend|enttauschung|unzufrieden|verargert|wutend|stinksauer; sehr|bin|echt|langsam sauer; nicht|gar|uberhaupt zufrieden; schlechter|schlechte|schlechtester|schlechtesten service|qualitat|erfahrung|kundenservice|support
    zum zweiten|dritten|vierten|funften|x mal; niemand .. antwortet|meldet|reagiert|hilft; nie wieder .. bestellen|kaufen|bestelle|kaufe; immer noch .. keine .. antwort|ruckmeldung

    queja|quejas|quejarme|quejar; reclamacion|reclamaciones|reclamar|reclamo; inaceptable|vergonzoso|vergonzosa|verguenza|indignado|indignada|indignante|pesimo|pesima|lamentable; decepcionado|decepcionada|decepcionante|decepcion|insatisfecho|insatisfecha|enfadado|enfadada|enojado|enojada|harto|harta
    peor servicio; no .. satisfecho|satisfecha|contento|contenta; nao .. satisfeito|satisfeita|contente; pas .. satisfait|satisfaite|content|contente; tercera|segunda|cuarta vez; nadie .. responde|contesta|ayuda; nunca mas .. compro|comprare|volvere; reclamation|reclamations|plaindre|plains; inadmissible|inacceptable|scandaleux|scandaleuse|honteux|honteuse|lamentable|deplorable
    decu|decue|decus|deception|mecontent|mecontente|insatisfait|insatisfaite|furieux|furieuse|agace|agacee; en|tres colere; ras le bol; mauvais|mauvaise|pire service|experience|qualite; troisieme|deuxieme|quatrieme|enieme fois; personne ne .. repond|rappelle|aide; plus jamais .. commande|commander|acheter|achete
    reclamacao|reclamacoes|reclamar|queixa|queixas; inaceitavel|vergonha|vergonhoso|vergonhosa|lamentavel|pessimo|pessima|absurdo; desapontado|desapontada|desiludido|desiludida|insatisfeito|insatisfeita|irritado|irritada|furioso|furiosa|farto|farta; terceira|quarta vez; ninguem .. responde|atende|ajuda; nunca mais .. compro|comprarei|volto`),
  friends: list(`
    awful lot; mad about; worst case; complaint procedure; second|third time .. buy|buying|order|ordering|customer; segunda|tercera vez .. compro|pido; deuxieme|troisieme fois .. commande|achete; zum zweiten|dritten mal .. bestellt|bestelle|bestellen; beschwerdefrei`),
};

export const KEYWORDS: Record<KeywordFlag, Keywords> = { safety, legal, privacy, fraud, human_requested: humanRequested, complaint };
