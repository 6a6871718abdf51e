/* The federation of a world file → rows: domains that sign in at AD FS, and their accounts there.
 */
#pragma once

#include "store/load.h"

/*
 * After the domains: marks those of the federation and keeps the realm; NULL or null is none. Fails
 * with ERR_CONFIG and the pointer.
 */
bool federation_put(struct world_load *load, const cJSON *federation, struct err *err);
/* Whether the name's domain signs in at AD FS. */
bool federation_has(struct db *db, const char *upn);
/* The tie between the two accounts of a user: the file's, else made from the id. */
const char *federation_immutable_id(struct arena *arena, const cJSON *user, const char *id);
/* The account that AD FS asks. */
void federation_put_user(struct world_load *load, const cJSON *user, const char *immutable_id,
                         const char *password);
/*
 * The password whose hash Azure AD has of a federated user; NULL: none, because hashes are not
 * synchronized.
 */
const char *federation_cloud_password(struct world_load *load, const cJSON *user,
                                      const char *password);
