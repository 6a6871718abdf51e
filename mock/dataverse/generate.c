#include "dataverse/generate.h"

#include <string.h>

#include "base/guid.h"
#include "base/random.h"
#include "base/str.h"
#include "dataverse/write.h"
#include "server/world.h"
#include "store/store.h"

/* Given names and surnames from many places, some beyond ASCII, as customers have them. */
static const char *const first_names[] = {
    "Anna",   "Ben",    "Chloé", "Daniel", "Elena", "Farid", "Grace", "Hiroshi", "Ines",   "Jürgen",
    "Karin",  "Liam",   "María", "Nadia",  "Olof",  "Priya", "Quinn", "Rosa",    "Søren",  "Tomás",
    "Ursula", "Viktor", "Wei",   "Ximena", "Yuki",  "Zoë",   "Åsa",   "Björn",   "Fatima", "Noah"};
static const char *const last_names[] = {
    "Andersson", "Becker",  "Castillo", "Dubois",    "Eriksson", "Fischer", "García",  "Hansen",
    "Ito",       "Johnson", "Kowalski", "Lindström", "Müller",   "Nguyen",  "O'Brien", "Patel",
    "Quist",     "Rossi",   "Smith",    "Tanaka",    "Ulrich",   "Vega",    "Weiß",    "Xu",
    "Yılmaz",    "Zhang",   "Ångström", "Brown",     "Costa",    "Davies"};
static const char *const company_names[] = {"Alpine Ski House",
                                            "Blue Yonder",
                                            "City Power & Light",
                                            "Coho Winery",
                                            "Fabrikam Residences",
                                            "Fourth Coffee",
                                            "Graphic Design Institute",
                                            "Humongous Insurance",
                                            "Litware",
                                            "Lucerne Publishing",
                                            "Margie's Travel",
                                            "Northwind Traders",
                                            "Proseware",
                                            "School of Fine Art",
                                            "Southridge Video",
                                            "Tailspin Toys",
                                            "Trey Research",
                                            "Wide World Importers",
                                            "Wingtip Toys",
                                            "Adventure Works",
                                            "A. Datum",
                                            "Best For You Organics",
                                            "VanArsdel",
                                            "Relecloud",
                                            "Münchner Werkzeugbau"};
static const char *const titles[] = {
    "Buyer", "Chief Technology Officer", "Marketing Manager", "Sales Director", "Engineer",
    "Owner", "Purchasing Lead",          "Office Manager"};
static const char *const cities[][4] = {
    {"Seattle", "WA", "98101", "United States"}, {"Portland", "OR", "97201", "United States"},
    {"Denver", "CO", "80202", "United States"},  {"Malmö", "Skåne", "211 20", "Sweden"},
    {"München", "Bayern", "80331", "Germany"},   {"Lyon", "Rhône", "69002", "France"},
    {"Toronto", "ON", "M5H 2N2", "Canada"}};

#define PICK(generating, list)                                                                     \
    (list)[random_below(&(generating)->call->world->random, ARRAY_LEN(list))]

/* What is being made. */
struct generating {
    struct mock_call *call;
    const struct dv_entity *entity;
    struct arena scratch;
    int64_t number;  /* from 1 on */
    int64_t version; /* of the last row */
    const char **accounts, **contacts;
    size_t account_count, contact_count;
};

static void text(struct dv_values *values, const char *name, const char *value)
{
    dv_put_name(values, name, db_text(value));
}

static const char *phone(struct generating *generating)
{
    return arena_printf(&generating->scratch, "555-%04d",
                        (int)random_below(&generating->call->world->random, 10000));
}

/* anna.becker.17@example.com: the number makes it unique; letters beyond ASCII are left out. */
static const char *address(struct generating *generating, const char *first, const char *last,
                           const char *kind)
{
    AUTO(strbuf) out = STRBUF(100);

    for (int part = 0; part < 2; part++) {
        for (const char *at = part == 0 ? first : last; *at != '\0'; at++) {
            if ((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z')) {
                strbuf_add_char(&out, *at);
            }
        }
        strbuf_add_char(&out, '.');
    }
    strbuf_addf(&out, "%s%lld@example.com", kind, (long long)generating->number);
    return str_lower(arena_dup(&generating->scratch, strbuf_text(&out), out.len));
}

static void put_place(struct generating *generating, struct dv_values *values)
{
    const char *const *city = PICK(generating, cities);

    text(values, "address1_line1",
         arena_printf(&generating->scratch, "%d Main Street",
                      1 + (int)random_below(&generating->call->world->random, 999)));
    text(values, "address1_city", city[0]);
    text(values, "address1_stateorprovince", city[1]);
    text(values, "address1_postalcode", city[2]);
    text(values, "address1_country", city[3]);
}

static void put_person(struct generating *generating, struct dv_values *values, const char *kind)
{
    const char *first = PICK(generating, first_names), *last = PICK(generating, last_names);

    text(values, "firstname", first);
    text(values, "lastname", last);
    text(values, "emailaddress1", address(generating, first, last, kind));
    text(values, "jobtitle", PICK(generating, titles));
    text(values, "telephone1", phone(generating));
    put_place(generating, values);
}

static void put_account(struct generating *generating, struct dv_values *values)
{
    text(values, "name",
         arena_printf(&generating->scratch, "%s %lld", PICK(generating, company_names),
                      (long long)generating->number));
    text(values, "accountnumber",
         arena_printf(&generating->scratch, "A-%05lld", (long long)generating->number));
    text(values, "telephone1", phone(generating));
    text(values, "websiteurl",
         arena_printf(&generating->scratch, "https://www.example.com/%lld",
                      (long long)generating->number));
    dv_put_name(values, "industrycode",
                db_int(1 + (int64_t)random_below(&generating->call->world->random, 33)));
    dv_put_name(values, "numberofemployees",
                db_int(1 + (int64_t)random_below(&generating->call->world->random, 5000)));
    dv_put_name(values, "revenue",
                db_int((int64_t)random_below(&generating->call->world->random, 100000) * 10000000));
    put_place(generating, values);
}

static const char *any(struct generating *generating, const char *const *ids, size_t count)
{
    return ids[random_below(&generating->call->world->random, count)];
}

static void put_contact(struct generating *generating, struct dv_values *values)
{
    put_person(generating, values, "c");
    if (generating->account_count > 0) {
        dv_put(values, dv_column(values->entity, "parentcustomerid"),
               db_text(any(generating, generating->accounts, generating->account_count)),
               "account");
    }
}

static void put_lead(struct generating *generating, struct dv_values *values)
{
    put_person(generating, values, "l");
    text(values, "companyname", PICK(generating, company_names));
    text(values, "subject",
         arena_printf(&generating->scratch, "Interested in product %d",
                      1 + (int)random_below(&generating->call->world->random, 20)));
    dv_put_name(values, "leadsourcecode",
                db_int(1 + (int64_t)random_below(&generating->call->world->random, 10)));
}

static void put_opportunity(struct generating *generating, struct dv_values *values)
{
    bool account = generating->account_count > 0 &&
                   (generating->contact_count == 0 || generating->number % 2 == 1);

    text(values, "name",
         arena_printf(&generating->scratch, "Opportunity %lld", (long long)generating->number));
    dv_put_name(values, "estimatedvalue",
                db_int((int64_t)random_below(&generating->call->world->random, 1000) * 10000000));
    dv_put_name(values, "closeprobability",
                db_int((int64_t)random_below(&generating->call->world->random, 101)));
    if (account || generating->contact_count > 0) {
        dv_put(values, dv_column(values->entity, "customerid"),
               db_text(account ? any(generating, generating->accounts, generating->account_count)
                               : any(generating, generating->contacts, generating->contact_count)),
               account ? "account" : "contact");
    }
}

static const struct {
    const char *set;
    void (*put)(struct generating *generating, struct dv_values *values);
} kinds[] = {
    {"accounts", put_account},
    {"contacts", put_contact},
    {"leads", put_lead},
    {"opportunities", put_opportunity},
};

/* The ids of a table's rows, so that others can name them. */
static const char **read_ids(struct mock_call *call, const char *entity, size_t *ret_count)
{
    const struct dv_entity *table = dv_entity(call->caller->org->schema, entity);
    int64_t count =
        store_int(call->db, arena_join(call->arena, "SELECT count(*) FROM ", table->table, NULL),
                  DB_NO_ARGS, 0);
    const char **ids = arena_array(call->arena, (size_t)count + 1, sizeof *ids);
    AUTO(db_rows) rows = {0};

    *ret_count = 0;
    store_query(&rows, call->db,
                arena_join(call->arena, "SELECT ", table->key, " FROM ", table->table, " ORDER BY ",
                           table->key, NULL),
                DB_NO_ARGS);
    while (store_next(&rows) && *ret_count < (size_t)count) {
        ids[(*ret_count)++] = arena_strdup(call->arena, db_column_text(&rows, 0));
    }
    return ids;
}

/* One row, by the server's own rules. */
static void make_one(struct generating *generating,
                     void (*put)(struct generating *, struct dv_values *))
{
    struct mock_call *call = generating->call;
    struct arena *outer = call->arena;
    struct dv_values values = dv_values_new(&generating->scratch, generating->entity);
    struct mock_reply ignored = {0};
    char id[GUID_SIZE];

    call->arena = &generating->scratch;
    dv_row_id(&call->world->random, ++generating->version, id);
    dv_put_name(&values, generating->entity->key, db_text(id));
    put(generating, &values);
    dv_fill_new(call, &values);
    (void)dv_fill_rules(call, &ignored, &values, NULL);
    dv_put_name(&values, "versionnumber", db_int(generating->version));
    dv_insert(call->db, &values);
    call->arena = outer;
    arena_reset(&generating->scratch);
}

void dv_generate(struct mock_call *call, const cJSON *counts)
{
    int64_t ord = call->caller->org->ord;
    struct generating generating = {.call = call, .version = dv_last_version(call->db, ord)};

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        int64_t count = json_get_int(counts, kinds[i].set, 0);

        if (count == 0) {
            continue;
        }
        generating.entity =
            dv_entity_of_set(call->caller->org->schema, kinds[i].set, strlen(kinds[i].set));
        generating.accounts = read_ids(call, "account", &generating.account_count);
        generating.contacts = read_ids(call, "contact", &generating.contact_count);
        for (generating.number = 1; generating.number <= count; generating.number++) {
            make_one(&generating, kinds[i].put);
        }
    }
    store_run(call->db, "UPDATE dv_orgs SET version = ? WHERE ord = ?",
              DB_ARGS(db_int(generating.version), db_int(ord)));
    arena_finish(&generating.scratch);
}
