/** Names the association a description belongs to. Knows no connection. */

/**
 * The session id of the origin line (RFC 8866 §5.2): the server gives each association one of its own and keeps it over
 * ICE restarts; another one means that only a new connection helps.
 * @param {string} sdp
 */
export const associationOf = (sdp) => /^o=\S+ (\d+)/m.exec(sdp)?.[1] ?? "";
