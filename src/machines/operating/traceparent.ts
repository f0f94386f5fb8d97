/**
 * A span as W3C Trace Context writes it down: version, trace id, span id and flags. The version `ff` and ids of zeros are
 * not valid, and name no span.
 */
export const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;
