/* Certificates of the mock: a CA for each process, a leaf for each world. ECDSA P-256, made at
 * start. */
#pragma once

#include <stdbool.h>

#include "base/err.h"

struct mock_ca;

struct mock_ca *mock_ca_create(void);
void mock_ca_destroy(struct mock_ca *ca);
/* The CA's certificate, PEM; belongs to the CA. */
const char *mock_ca_pem(const struct mock_ca *ca);
/*
 * A leaf for the names (host names, wildcards, IP addresses; the last one NULL) with its key, both
 * PEM; the caller frees them with mem_free().
 */
bool mock_ca_issue(struct mock_ca *ca, const char *const *names, char **ret_key,
                   char **ret_certificate, struct err *err);
