// A real Chromium that talks to nobody but the pages that it opens.
import { chromium } from "playwright-core";

export const launch = (executablePath) => chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

// Gives this page a virtual authenticator that makes and uses passkeys without asking anybody. After `refuse`, its user
// refuses, until the next page or `agree`.
export const withPasskeys = async (context, page) => {
  const session = await context.newCDPSession(page);
  await session.send("WebAuthn.enable");
  await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  const refuses = (yes) => page.evaluate((yes) => {
    for (const way of ["create", "get"]) {
      if (yes) navigator.credentials[way] = () => Promise.reject(new DOMException("The user said no.", "NotAllowedError"));
      else delete navigator.credentials[way];
    }
  }, yes);
  return { refuse: () => refuses(true), agree: () => refuses(false), close: () => session.detach() };
};
