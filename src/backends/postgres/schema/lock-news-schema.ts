/**
 * A later step of the lock backend's schema: an exchange that tells its news on a channel, and that carries a sign of
 * life. It calls the functions of the steps before, which nodes of earlier releases still call.
 *
 * The news are one notification for each attempt; one that is too long for the database is left out. So are all of them
 * when the queue of the database is half full, because somebody listens and does not fetch: a full queue would refuse
 * the whole exchange.
 */
export function telling(quoted: string): string {
  return `
    CREATE FUNCTION ${quoted}.tell_news(news jsonb, asked jsonb, taken jsonb) RETURNS boolean LANGUAGE plpgsql AS $body$
    DECLARE
      message text;
      is_told boolean := false;
    BEGIN
      IF pg_notification_queue_usage() > 0.5 THEN RETURN false; END IF;
      FOR message IN
        SELECT jsonb_build_object('by', news->'by', 'no', news->'no', 'claimed', said.claimed, 'wanted', said.wanted)::text
        FROM jsonb_array_elements(asked) WITH ORDINALITY AS attempt(locks, place)
        CROSS JOIN LATERAL (
          SELECT jsonb_typeof(taken->(attempt.place - 1)::int) = 'array' AS is_granted,
            news->'waiting' @> to_jsonb(attempt.place - 1) AS is_waiting
        ) AS outcome
        CROSS JOIN LATERAL (
          SELECT
            coalesce(jsonb_agg(lock->'key') FILTER (WHERE outcome.is_granted AND lock ? 'claim_of'), '[]') AS claimed,
            coalesce(jsonb_agg(lock->'key') FILTER (
              WHERE outcome.is_waiting AND NOT outcome.is_granted AND NOT lock ? 'claim_of'), '[]') AS wanted
          FROM jsonb_array_elements(attempt.locks) AS list(lock)
        ) AS said
        WHERE said.claimed <> '[]' OR said.wanted <> '[]'
        ORDER BY attempt.place
      LOOP
        CONTINUE WHEN octet_length(message) >= 8000;
        PERFORM pg_notify(news->>'channel', message);
        is_told := true;
      END LOOP;
      RETURN is_told;
    END $body$;

    CREATE FUNCTION ${quoted}.exchange_and_tell(request jsonb) RETURNS jsonb LANGUAGE plpgsql AS $body$
    DECLARE
      answer jsonb := ${quoted}.exchange_locks(request);
    BEGIN
      IF (answer->>'is_late')::boolean THEN RETURN answer; END IF;
      IF request ? 'news' THEN
        answer := answer || jsonb_build_object('is_told',
          ${quoted}.tell_news(request->'news', request->'attempts', answer->'attempts'));
      END IF;
      IF request ? 'sign' THEN
        -- The exchange is done, so the sign is not late any more.
        answer := answer || jsonb_build_object('roster',
          ${quoted}.announce_node(request->'sign' || jsonb_build_object('deadline_ms', 9e15)));
      END IF;
      RETURN answer;
    END $body$;`;
}
