import { isLanguage, type Language } from "./language.ts";

/** Words around an answer, stating nothing. */
export interface Courtesies {
  opening: string;
  /** Instead of the opening when the customer is unhappy. */
  sorry: string;
  closing: string;
  /** When nothing relevant was found: no answer, and who will look. */
  colleague: string;
  /** Stands in for a draft while the knowledge base cannot be asked. */
  lookingInto: string;
  /** Stands in for a draft that could not be made. */
  reviewing: string;
}

/** The courtesies in the conversation's language, English where we have none. */
export function courtesiesIn(language: string): Courtesies & { language: Language } {
  const code = isLanguage(language) ? language : "en";
  return { ...COURTESIES[code], language: code };
}

const COURTESIES: Record<Language, Courtesies> = {
  en: {
    opening: "Hello, thank you for your message.",
    sorry: "Hello, thank you for telling us, and we are sorry for the trouble.",
    closing: "If this does not answer your question, just reply and a colleague will take a closer look.",
    colleague: "Let me look into that for you: a colleague will check it and get back to you.",
    lookingInto: "Let me look into that for you…",
    reviewing: "Reviewing your message…",
  },
  de: {
    opening: "Hallo, vielen Dank für Ihre Nachricht.",
    sorry: "Hallo, danke für Ihren Hinweis, und bitte entschuldigen Sie die Umstände.",
    closing:
      "Falls das Ihre Frage nicht beantwortet, antworten Sie einfach, dann sieht sich eine Kollegin oder ein Kollege das genauer an.",
    colleague: "Wir sehen uns das für Sie an: Eine Kollegin oder ein Kollege prüft es und meldet sich bei Ihnen.",
    lookingInto: "Ich sehe mir das für Sie an…",
    reviewing: "Ihre Nachricht wird geprüft…",
  },
  es: {
    opening: "Hola, gracias por su mensaje.",
    sorry: "Hola, gracias por avisarnos, y disculpe las molestias.",
    closing: "Si esto no responde a su pregunta, conteste a este mensaje y un compañero lo revisará con más detalle.",
    colleague: "Vamos a revisarlo: un compañero lo comprobará y se pondrá en contacto con usted.",
    lookingInto: "Permítame revisarlo…",
    reviewing: "Estamos revisando su mensaje…",
  },
  fr: {
    opening: "Bonjour, merci pour votre message.",
    sorry: "Bonjour, merci de nous l'avoir signalé, et veuillez nous excuser pour ce désagrément.",
    closing: "Si cela ne répond pas à votre question, répondez simplement à ce message et un collègue l'examinera de plus près.",
    colleague: "Nous allons regarder cela pour vous : un collègue va vérifier et reviendra vers vous.",
    lookingInto: "Je regarde cela pour vous…",
    reviewing: "Nous examinons votre message…",
  },
  pt: {
    opening: "Olá, obrigado pela sua mensagem.",
    sorry: "Olá, obrigado por nos avisar, e pedimos desculpa pelo incómodo.",
    closing: "Se isto não responder à sua pergunta, basta responder a esta mensagem e um colega irá analisá-la melhor.",
    colleague: "Vamos verificar isso: um colega irá analisar e entrará em contacto consigo.",
    lookingInto: "Vou verificar isso para si…",
    reviewing: "Estamos a analisar a sua mensagem…",
  },
};
