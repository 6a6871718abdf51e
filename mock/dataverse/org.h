/*
 * What is kept of an organization in memory between requests: its schema, compiled queries, and who
 * may do what. All of it can be read again from the world's rows, and is when they have changed.
 */
#pragma once

#include "base/guid.h"
#include "base/random.h"
#include "dataverse/schema.h"
#include "server/call.h"

/* Rights on the rows of a table, as bits. */
enum dv_right {
    DV_CREATE = 1,
    DV_READ = 2,
    DV_WRITE = 4,
    DV_DELETE = 8,
    DV_ASSIGN = 16,
    DV_SHARE = 32,
    DV_APPEND = 64,
    DV_APPEND_TO = 128,
    DV_ALL_RIGHTS = 255,
};

/* Rights that are about no table. */
enum dv_misc_right {
    DV_ACT_FOR_OTHERS = 1,
    DV_CUSTOMIZE = 2, /* import, publish, write metadata */
    DV_OVERRIDE_CREATED = 4,
};

struct dv_user {
    const char *id, *fullname, *business_unit;
    const char *currency; /* NULL: the organization's */
    bool disabled;
    int roles; /* how many; 0: none, and nothing is allowed */
    unsigned misc;
    const uint8_t *any;    /* by the entity's index: rights at whatever depth */
    const uint8_t *global; /* rights on all rows */
    int64_t right_count;   /* for error texts */
};

struct dv_plan;
struct dv_kept_user;

/* A plug-in step that runs. */
struct dv_enabled_step {
    const char *entity, *message;
};

enum { DV_PLAN_BUCKETS = 64 };

struct dv_org {
    struct dv_org *next;
    int64_t ord;
    const char *host, *id, *business_unit, *currency, *system_user;
    const char *audiences[12]; /* what a token may be made for */
    size_t audience_count;
    bool limits;
    int64_t version; /* of the last row; written back by dv_version_keep() */
    const struct dv_enabled_step *steps;
    size_t step_count;
    const char *log_insert;                     /* see dv_plugin_statement() */
    int64_t metadata, security, epoch, changes; /* of the rows that this was read from */
    struct arena arena;                         /* of the schema */
    const struct dv_schema *schema;
    struct arena user_arena;
    struct dv_kept_user *users;
    struct dv_plan *plans[DV_PLAN_BUCKETS];
    size_t plan_count;
};

/* The organization of the call, as it is now. NULL when the world has none. */
struct dv_org *dv_org_of(struct mock_call *call);
struct dv_org *dv_org_of_host(struct mock_call *call, const char *host);
/* Frees what a world keeps. */
void dv_orgs_drop(void *kept);
/* Has callers looked up again: a user, a role or their links were changed. */
void dv_security_changed(struct db *db, int64_t ord);
/* The next row version: unique and increasing in the organization. */
int64_t dv_next_version(struct db *db, int64_t ord);
int64_t dv_last_version(struct db *db, int64_t ord);
/* The same for a request, which writes it back once, behind its rows. */
int64_t dv_version_take(struct mock_call *call);
void dv_version_keep(struct mock_call *call);

/*
 * An id for the row that gets this version. Ids of the service ascend in the order in which its
 * database sorts them, so that new rows come behind all others; ours ascend as text, in the first
 * eight digits, and are random behind. Source: dataverse-create.
 */
void dv_row_id(struct random *random, int64_t version, char ret[GUID_SIZE]);
/* Of the row that is made next, before dv_version_take(). Lives as long as the call. */
const char *dv_next_id(struct mock_call *call);

/* By an id of systemusers; NULL when there is none. Kept. */
const struct dv_user *dv_user_find(struct mock_call *call, struct dv_org *org, const char *id);
/* The systemuserid of an application (`app`) or of a person by the directory's object id. */
const char *dv_user_id(struct mock_call *call, struct dv_org *org, bool app, const char *id);
bool dv_may(const struct dv_user *user, const struct dv_entity *entity, unsigned rights);
/* "prvReadLead" */
const char *dv_privilege_name(struct arena *arena, const struct dv_entity *entity,
                              enum dv_right right);
const char *dv_privilege_id(struct arena *arena, const char *name);
extern const char dv_right_names[8][12];
/* Fills rights of the standard roles from their template; false when it is none of them. */
bool dv_template_rights(const char *role_template, const struct dv_schema *schema, uint8_t *any,
                        uint8_t *global, unsigned *misc);

#define DV_TEMPLATE_ADMINISTRATOR "627090ff-40a3-4053-8790-584edc5be201"
#define DV_TEMPLATE_CUSTOMIZER    "119f245c-3cc8-4b62-b31c-d1a046ced15d"
#define DV_TEMPLATE_BASIC         "a53d2f51-9c2b-4c3b-8f0e-2b8f1b4a9c01"
