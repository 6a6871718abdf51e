/* Validate Sync: the seven checks. Contract section 5; rules VALID-01 to VALID-14. */
#pragma once

#include "base/json_writer.h"
#include "server/call.h"

enum { MARKETO_CHECKS = 7 };

struct marketo_credentials {
    const char *method; /* "s2s", "ropc" or "basic" */
    const char *url, *username, *password, *client_id, *tenant_id, *client_secret;
};

enum marketo_outcome { CHECK_NOT_REACHED, CHECK_PASSED, CHECK_FAILED };

struct marketo_mark {
    enum marketo_outcome outcome;
    const char *cause, *fix; /* NULL unless it failed */
};

/* Reads them from a body; a refusal of the page when one is missing or of another type. */
bool marketo_credentials_read(struct mock_call *call, struct mock_reply *reply, const cJSON *body,
                              struct marketo_credentials *ret);
/* Looks, and changes nothing. *ret_org is the organization's host, NULL when the URL names none. */
void marketo_checks_run(struct mock_call *call, const struct marketo_credentials *credentials,
                        struct marketo_mark ret[MARKETO_CHECKS], const char **ret_org);
void marketo_checks_write(struct json_writer *writer,
                          const struct marketo_mark marks[MARKETO_CHECKS]);
/* The version of Marketo's solution in an organization; NULL when it is not installed. */
const char *marketo_solution_version(struct arena *arena, struct db *db, const char *org);
/* The first one that failed; NULL when all seven passed. */
const struct marketo_mark *marketo_checks_red(const struct marketo_mark marks[MARKETO_CHECKS]);
