import type { DeliveryReader, Health, Ports } from "../ports.ts";
import { calibrationRoutes } from "./analytics-calibration.ts";
import { approvalRoutes } from "./approvals.ts";
import { conversationRoutes } from "./conversations.ts";
import { deadLetterRoutes } from "./dead-letters.ts";
import { decisionRoutes } from "./decisions.ts";
import { deliveryRoutes } from "./deliveries.ts";
import { doorRoutes } from "./door.ts";
import { houseRoutes } from "./house.ts";
import type { Identity } from "./identity.ts";
import { knowledgeRoutes } from "./knowledge.ts";
import { knowledgeReportRoutes } from "./knowledge-reports.ts";
import { learningRoutes } from "./learning.ts";
import { lessonRoutes } from "./lessons.ts";
import { liveRoutes } from "./live.ts";
import { type ApiDocument, apiDocument, openapiRoute } from "./openapi.ts";
import { pageRoutes } from "./page/routes.ts";
import type { Route } from "./route.ts";
import { sessionRoutes } from "./session.ts";
import type { Sight } from "./sight.ts";
import { suggestionRoutes } from "./suggestions.ts";

/** What routes are made of. */
export interface Parts {
  ports: Ports;
  reader: DeliveryReader;
  health: Health;
  pathSecret: string | null;
  chatwootBaseUrl: string;
  identity: Identity;
  sight: Sight;
  isShuttingDown: () => boolean;
}

/** Every address of the server, in one list. */
export function allRoutes(parts: Parts): Route[] {
  const { ports, reader, health, pathSecret, identity, sight, isShuttingDown } = parts;
  const routes: Route[] = [
    ...doorRoutes(ports, { reader, pathSecret }),
    ...approvalRoutes(ports, { sight }),
    ...decisionRoutes(ports, { sight }),
    ...conversationRoutes(ports, { sight }),
    ...liveRoutes(ports, { sight, identity, isShuttingDown }),
    ...deliveryRoutes(ports, { reader }),
    ...deadLetterRoutes(ports),
    ...knowledgeRoutes(ports),
    ...knowledgeReportRoutes(ports, { sight }),
    ...suggestionRoutes(ports),
    ...learningRoutes(ports),
    ...lessonRoutes(ports),
    ...calibrationRoutes(ports),
    ...sessionRoutes(identity),
    ...houseRoutes({ health, metrics: ports.metrics, isShuttingDown }),
  ];
  let document: ApiDocument | null = null;
  const openapi = openapiRoute(() => {
    document ??= apiDocument([...routes, openapi]);
    return document;
  });
  return [...routes, openapi, ...pageRoutes(parts)];
}
