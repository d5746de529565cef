import { z } from "zod";
import type { Health, Metrics } from "../ports.ts";
import { type Route, route } from "./route.ts";

const healthSchema = z.object({
  status: z.enum(["ok", "degraded", "unavailable"]),
  parts: z.record(z.string(), z.string()),
});

/** How the house is, for those who run it: alive, ready, counted. */
export function houseRoutes({
  health,
  metrics,
  isShuttingDown,
}: {
  health: Health;
  metrics: Metrics;
  isShuttingDown: () => boolean;
}): Route[] {
  return [
    route({
      method: "get",
      path: "/healthz",
      access: "open",
      operation: {
        id: "getHealth",
        summary: "Says that the process lives",
        tag: "House",
        answers: [{ status: 200, description: "It lives", schema: z.object({ status: z.literal("ok") }) }],
      },
      handle: () => ({ body: { status: "ok" } }),
    }),
    route({
      method: "get",
      path: "/readyz",
      access: "open",
      operation: {
        id: "getReadiness",
        summary: "Says whether deliveries can be taken",
        tag: "House",
        answers: [
          { status: 200, description: "They can; `degraded` names what is missing", schema: healthSchema },
          { status: 503, description: "They cannot, or the server is going down", schema: healthSchema },
        ],
      },
      handle: async () => {
        if (isShuttingDown()) return { status: 503, body: { status: "unavailable", parts: { server: "shutting down" } } };
        const { ready, status, parts } = await health.check();
        return { status: ready ? 200 : 503, body: { status: ready ? status : "unavailable", parts } };
      },
    }),
    route({
      method: "get",
      path: "/metrics",
      access: "open",
      operation: {
        id: "getMetrics",
        summary: "Counts and gauges for Prometheus",
        tag: "House",
        answers: [{ status: 200, description: "Prometheus text format", schema: z.string(), contentType: "text/plain" }],
      },
      handle: async ({ res }) => {
        const { contentType, text } = await metrics.render();
        res.set("Content-Type", contentType).send(text);
        return undefined;
      },
    }),
  ];
}
