/** A device with passkeys in the browser, told over the DevTools protocol what its owner does. */

/**
 * Gives a page a device; it answers by itself, with its owner verified unless it is told otherwise. It would also answer what
 * is asked quietly while a name is typed, which people have to choose: that is left out unless it is wanted.
 */
export async function addDevice(page, { whileTyping = false } = {}) {
  if (!whileTyping)
    await page.addInitScript(() => {
      PublicKeyCredential.isConditionalMediationAvailable = async () => false;
    });
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable', { enableUI: false });
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  const send = (method, options = {}) => session.send(`WebAuthn.${method}`, { authenticatorId, ...options });
  return {
    /** Its passkeys, with their keys. */
    passkeys: async () => (await send('getCredentials')).credentials,
    /** Puts a passkey of another device in, as a thief would. */
    put: (credential) => send('addCredential', { credential }),
    /** Whether its owner is who it belongs to. */
    verifies: (isUserVerified) => send('setUserVerified', { isUserVerified }),
    /** Whether somebody touches it by itself. */
    touched: (enabled) => send('setAutomaticPresenceSimulation', { enabled }),
  };
}
