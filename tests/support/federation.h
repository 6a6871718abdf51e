/* A tenant whose sync user signs in at AD FS, and what tests ask of it. */
#pragma once

#include "azure.h"

enum trust { TRUST_13, TRUST_2005 };

/* `text` with every `from` replaced; both in the arena. */
char *text_replace(struct arena *arena, const char *text, const char *from, const char *to);
/* What MSAL sends for the sync user: the fixture with the password in it. */
char *trust_request(struct arena *arena, struct mocktenant *mock, enum trust version);
struct answer trust_ask(struct arena *arena, struct mocktenant *mock, enum trust version,
                        const char *body);
/* The assertion in an answer, as it stands; fails the test when there is none. */
char *trust_assertion(struct arena *arena, const struct answer *answer);
/* An assertion for the sync user, from AD FS. */
char *federation_assertion(struct arena *arena, struct mocktenant *mock);
/* The token request with an assertion; `grant` is "saml1_1-bearer" or "saml2-bearer". */
struct answer federation_redeem(struct arena *arena, struct mocktenant *mock, const char *grant,
                                const char *assertion);
/* A password sign-in of the sync user by any client; NULL: the right password. */
struct answer federation_password(struct arena *arena, struct mocktenant *mock,
                                  const char *password);
/* Makes a policy with the definition (JSON in a text) and attaches it to the integration's service
 * principal, as an administrator does through Graph. */
void federation_policy(struct arena *arena, struct mocktenant *mock, const char *definition);
/* A new policy, attached to nothing; its id. */
const char *federation_policy_new(struct arena *arena, struct mocktenant *mock,
                                  const char *definition, bool organization_default);
