/*
 * A check of a web site: asks for a URL, and fails if the answer is not 2xx. Without a library, so the little JSON that
 * it needs is read by hand.
 */
#include "escapement.h"

static char config[2048];
static char request[2304];
static char answer[4096];

/* Clang calls these for loops that copy and fill. */
void *memcpy(void *to, const void *from, unsigned long count) {
  for (unsigned long at = 0; at < count; at++) ((char *)to)[at] = ((const char *)from)[at];
  return to;
}

void *memset(void *to, int value, unsigned long count) {
  for (unsigned long at = 0; at < count; at++) ((char *)to)[at] = (char)value;
  return to;
}

/* What follows a text in another one; 0 if it is not in it. */
static const char *after(const char *in, const char *text) {
  for (; *in != 0; in++) {
    uint32_t at = 0;
    while (text[at] != 0 && in[at] == text[at]) at++;
    if (text[at] == 0) return in + at;
  }
  return 0;
}

static uint32_t append(uint32_t at, const char *text, char end) {
  for (; *text != 0 && *text != end && at < sizeof(request) - 1; text++) request[at++] = *text;
  request[at] = 0;
  return at;
}

static int32_t failed(handle reason) {
  env_error_set(reason);
  return 1;
}

GUEST_EXPORT("name") int32_t name(void) {
  set_output(TEXT("check-url"));
  return 0;
}

GUEST_EXPORT("schedules") int32_t schedules(void) {
  set_output(TEXT("[{\"id\":\"home\",\"cron\":\"5m\",\"missed_run_policy\":\"skip\","
                  "\"config_json\":\"{\\\"url\\\":\\\"https://example.com/\\\"}\"}]"));
  return 0;
}

GUEST_EXPORT("run") int32_t run(void) {
  from_host(host_config(TEXT("[]")), config, sizeof(config));
  const char *url = after(config, "\"url\":\"");
  if (url == 0) return failed(TEXT("the config of the schedule has no url"));

  uint32_t length = append(0, "[{\"url\":\"", 0);
  length = append(length, url, '"');
  length = append(length, "\",\"method\":\"GET\"}]", 0);

  handle answered = host_fetch(to_host(request, length));
  if (answered == 0) return failed(env_error_get());
  from_host(answered, answer, sizeof(answer));
  const char *status = after(answer, "\"status\":");
  if (status == 0 || *status != '2') return failed(answered);
  env_log_info(TEXT("the site is up"));
  host_metric(TEXT("[\"site_up\",1,{}]"));
  return 0;
}
