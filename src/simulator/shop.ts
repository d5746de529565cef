import type { World } from "./world.ts";
export function openShop(world: World): void {
  void world;
}
