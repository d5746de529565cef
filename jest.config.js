/** Node 24 strips the types itself, so jest transforms nothing. */
export default {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  transform: {},
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  testTimeout: 90_000, // bounds a failure; a busy machine may take its time
  maxConcurrency: 20, // tests that wait for Chatwoot's last word wait side by side
  globalSetup: "<rootDir>/test/support/global-setup.ts",
  globalTeardown: "<rootDir>/test/support/global-teardown.ts",
};
