/* What the server fills itself: owners, dates, states, currencies, names. Source: dataverse-create.
 */
#include <string.h>

#include "base/iso8601.h"
#include "base/str.h"
#include "dataverse/write.h"
#include "store/store.h"

static const char *now_text(struct mock_call *call)
{
    char *text = arena_alloc(call->arena, ISO8601_SIZE);

    iso8601_format_s(call->now_ms, text);
    return text;
}

/* The owner's own columns beside `ownerid`. */
static void fill_owner(struct mock_call *call, struct dv_values *values, const struct dv_set *owner)
{
    bool team = str_eq(owner->type, "team");
    const char *id = owner->value.bytes;
    const char *unit =
        store_text(call->db, call->arena,
                   arena_printf(call->arena, "SELECT businessunitid FROM o%lld_%s WHERE %sid = ?",
                                (long long)call->caller->org->ord, team ? "team" : "systemuser",
                                team ? "team" : "systemuser"),
                   DB_ARGS(db_text(id)));

    dv_put_name(values, "owninguser", team ? db_null() : db_text(id));
    dv_put_name(values, "owningteam", team ? db_text(id) : db_null());
    dv_put_name(values, "owningbusinessunit", db_text(unit));
}

static void fill_new_owner(struct mock_call *call, struct dv_values *values)
{
    const struct dv_user *user = call->caller->user;
    const struct dv_set *owner = dv_value_of(values, "ownerid");

    if (owner != NULL && owner->value.type == DB_TEXT_VALUE) {
        fill_owner(call, values, owner);
        return;
    }
    dv_put(values, dv_column(values->entity, "ownerid"), db_text(user->id), "systemuser");
    dv_put_name(values, "owninguser", db_text(user->id));
    dv_put_name(values, "owningbusinessunit", db_text(user->business_unit));
}

/* An exchange rate is an integer of 10^-12. */
static void fill_currency(struct mock_call *call, struct dv_values *values)
{
    const struct dv_org *org = call->caller->org;
    const struct dv_set *given = dv_value_of(values, "transactioncurrencyid");
    const char *currency = given != NULL && given->value.type == DB_TEXT_VALUE ? given->value.bytes
                           : call->caller->user->currency != NULL ? call->caller->user->currency
                                                                  : org->currency;
    int64_t rate = 1000000000000;

    if (strcmp(currency, org->currency) != 0) {
        rate = store_int(call->db,
                         arena_printf(call->arena,
                                      "SELECT exchangerate FROM o%lld_transactioncurrency"
                                      " WHERE transactioncurrencyid = ?",
                                      (long long)org->ord),
                         DB_ARGS(db_text(currency)), rate);
    }
    dv_put_name(values, "transactioncurrencyid", db_text(currency));
    dv_put_name(values, "exchangerate", db_int(rate));
}

/* Those that the table does not fill itself. */
static void fill_choices(struct dv_values *values)
{
    const struct dv_entity *entity = values->entity;

    for (size_t i = 0; i < entity->column_count; i++) {
        const struct dv_column *column = entity->columns[i];

        if ((column->type == DV_BOOL || column->type == DV_CHOICE) && column->initial >= 0 &&
            !dv_has_default(column)) {
            dv_put_new(values, column->name, db_int(column->initial));
        }
    }
}

void dv_fill_new(struct mock_call *call, struct dv_values *values)
{
    const struct mock_caller *caller = call->caller;
    const struct dv_entity *entity = values->entity;
    const struct dv_set *overridden = dv_value_of(values, "overriddencreatedon");
    const char *now = now_text(call), *created = now;

    fill_choices(values);
    if ((entity->flags & DV_USER_OWNED) != 0) {
        fill_new_owner(call, values);
    }
    if ((entity->flags & DV_WITH_MONEY) != 0) {
        fill_currency(call, values);
    }
    if (overridden != NULL && overridden->value.type == DB_TEXT_VALUE) {
        created = overridden->value.bytes;
        dv_put_name(values, "overriddencreatedon", db_text(now));
    }
    dv_put_name(values, "createdon", db_text(created));
    dv_put_name(values, "modifiedon", db_text(now));
    dv_put_name(values, "createdby", db_text(caller->user->id));
    dv_put_name(values, "modifiedby", db_text(caller->user->id));
    if (caller->real_id != NULL) {
        dv_put_name(values, "createdonbehalfby", db_text(caller->real_id));
        dv_put_name(values, "modifiedonbehalfby", db_text(caller->real_id));
    }
    if (dv_column(entity, "organizationid") != NULL && strcmp(entity->key, "organizationid") != 0) {
        dv_put_name(values, "organizationid", db_text(caller->org->id));
    }
    if (dv_column(entity, "businessunitid") != NULL && strcmp(entity->key, "businessunitid") != 0) {
        dv_put_new(values, "businessunitid", db_text(caller->org->business_unit));
    }
}

/* A stored text of the row, unless the values have a new one. */
static const char *present(struct mock_call *call, const struct dv_values *values, const char *id,
                           const char *name)
{
    const struct dv_set *set = dv_value_of(values, name);

    if (set != NULL) {
        return set->value.type == DB_TEXT_VALUE ? set->value.bytes : NULL;
    }
    if (id == NULL) {
        return NULL;
    }
    return store_text(call->db, call->arena,
                      arena_join(call->arena, "SELECT ", name, " FROM ", values->entity->table,
                                 " WHERE ", values->entity->key, " = ?", NULL),
                      DB_ARGS(db_text(id)));
}

static void join(struct strbuf *out, const char *text, const char *separator)
{
    if (text != NULL && *text != '\0') {
        strbuf_add(out, out->len > 0 ? separator : "");
        strbuf_add(out, text);
    }
}

/* first, middle, last → full. */
static void fill_fullname(struct mock_call *call, struct dv_values *values, const char *id,
                          const char *full, const char *const parts[3])
{
    AUTO(strbuf) text = STRBUF(160);
    bool changed = id == NULL;

    if (dv_column(values->entity, full) == NULL || dv_column(values->entity, parts[0]) == NULL) {
        return;
    }
    for (size_t i = 0; i < 3; i++) {
        changed = changed || dv_value_of(values, parts[i]) != NULL;
    }
    if (!changed) {
        return;
    }
    for (size_t i = 0; i < 3; i++) {
        join(&text, present(call, values, id, parts[i]), " ");
    }
    dv_put_name(values, full,
                text.len > 0 ? db_text(arena_dup(call->arena, text.data, text.len)) : db_null());
}

enum { ADDRESS_PARTS = 7, ADDRESSES = 3 };

#define ADDRESS_NAMES(n)                                                                           \
    {                                                                                              \
        "address" #n "_line1", "address" #n "_line2", "address" #n "_line3", "address" #n "_city", \
            "address" #n "_stateorprovince", "address" #n "_postalcode", "address" #n "_country"   \
    }

static const struct {
    const char *composite;
    const char *parts[ADDRESS_PARTS];
} addresses[ADDRESSES] = {
    {"address1_composite", ADDRESS_NAMES(1)},
    {"address2_composite", ADDRESS_NAMES(2)},
    {"address3_composite", ADDRESS_NAMES(3)},
};

static void fill_address(struct mock_call *call, struct dv_values *values, const char *id, int n)
{
    const char *const *names = addresses[n].parts;
    AUTO(strbuf) text = STRBUF(1000);
    AUTO(strbuf) town = STRBUF(300);
    const char *parts[ADDRESS_PARTS];

    if (dv_column(values->entity, addresses[n].composite) == NULL) {
        return;
    }
    for (size_t i = 0; i < ADDRESS_PARTS; i++) {
        parts[i] = present(call, values, id, names[i]);
    }
    join(&text, parts[0], "\r\n");
    join(&text, parts[1], "\r\n");
    join(&text, parts[2], "\r\n");
    join(&town, parts[3], ", ");
    join(&town, parts[4], ", ");
    join(&town, parts[5], " ");
    join(&text, strbuf_text(&town), "\r\n");
    join(&text, parts[6], "\r\n");
    dv_put_name(values, addresses[n].composite,
                text.len > 0 ? db_text(arena_dup(call->arena, text.data, text.len)) : db_null());
}

/* Those of whose parts one has been given. */
static void fill_addresses(struct mock_call *call, struct dv_values *values, const char *id)
{
    bool given[ADDRESSES] = {false};

    for (size_t i = 0; i < values->count; i++) {
        const char *name = values->items[i].column->name;

        if (str_starts(name, "address") && name[7] >= '1' && name[7] <= '3') {
            given[name[7] - '1'] = true;
        }
    }
    for (int n = 0; n < ADDRESSES; n++) {
        if (given[n]) {
            fill_address(call, values, id, n);
        }
    }
}

static const struct dv_option *find_option(const struct dv_column *column, int64_t value)
{
    for (const struct dv_option *at = column->options; at->label != NULL; at++) {
        if (at->value == value) {
            return at;
        }
    }
    return NULL;
}

/* A status belongs to one state; a state alone brings its default status. */
static bool fill_state(struct mock_call *call, struct mock_reply *reply, struct dv_values *values,
                       const char *id)
{
    const struct dv_entity *entity = values->entity;
    const struct dv_column *state_column = dv_column(entity, "statecode");
    const struct dv_column *status_column = dv_column(entity, "statuscode");
    const struct dv_set *state = dv_value_of(values, "statecode");
    const struct dv_set *status = dv_value_of(values, "statuscode");
    const struct dv_option *option;
    int64_t now_state = state_column->options[0].value;

    if (id != NULL && state == NULL && status == NULL) {
        return true;
    }
    if (state != NULL && state->value.type == DB_INT_VALUE) {
        now_state = state->value.number;
    } else if (id != NULL) {
        now_state = store_int(call->db,
                              arena_join(call->arena, "SELECT statecode FROM ", entity->table,
                                         " WHERE ", entity->key, " = ?", NULL),
                              DB_ARGS(db_text(id)), now_state);
    }
    option = find_option(state_column, now_state);
    if (status == NULL || status->value.type != DB_INT_VALUE) {
        dv_put(values, status_column, db_int(option->state), NULL);
    } else if (find_option(status_column, status->value.number)->state != now_state) {
        dv_refuse(
            call, reply, DV_BAD_STATUS,
            arena_printf(call->arena, "%lld", (long long)status->value.number), option->label,
            arena_printf(call->arena, "%lld", (long long)now_state),
            arena_printf(call->arena, "%s with Id %s", entity->name, id != NULL ? id : "new"));
        return false;
    }
    dv_put(values, state_column, db_int(now_state), NULL);
    return true;
}

/* A customer is shown again in two columns of its own. */
static void fill_customer(struct dv_values *values, const char *customer, const char *account,
                          const char *contact)
{
    const struct dv_set *set = dv_value_of(values, customer);
    bool is_account;

    if (set == NULL || dv_column(values->entity, account) == NULL) {
        return;
    }
    is_account = str_eq(set->type, "account");
    dv_put_name(values, account, is_account ? set->value : db_null());
    set = dv_value_of(values, customer);
    dv_put_name(values, contact, is_account ? db_null() : set->value);
}

static bool is_stored(struct mock_call *call, const struct dv_values *values, const char *id,
                      const char *name)
{
    return store_int(call->db,
                     arena_join(call->arena, "SELECT ", name, " IS NOT NULL FROM ",
                                values->entity->table, " WHERE ", values->entity->key, " = ?",
                                NULL),
                     DB_ARGS(db_text(id)), 0) != 0;
}

/* Whether the values set money; with `id` also whether the row keeps some. */
static bool has_money(struct mock_call *call, const struct dv_values *values, const char *id)
{
    const struct dv_entity *entity = values->entity;

    for (size_t i = 0; i < entity->column_count; i++) {
        const struct dv_column *column = entity->columns[i];
        const struct dv_set *set = dv_value_of(values, column->name);

        if (column->type == DV_MONEY && (column->flags & DV_BASE_MONEY) == 0 &&
            (set != NULL ? set->value.type != DB_NULL_VALUE
                         : id != NULL && is_stored(call, values, id, column->name))) {
            return true;
        }
    }
    return false;
}

/* Money needs a currency; another currency brings its rate, none takes it away. */
static bool fill_changed_currency(struct mock_call *call, struct mock_reply *reply,
                                  struct dv_values *values, const char *id)
{
    const struct dv_set *currency = dv_value_of(values, "transactioncurrencyid");

    if ((values->entity->flags & DV_WITH_MONEY) == 0) {
        return true;
    }
    if (currency == NULL) {
        if (has_money(call, values, NULL) &&
            !is_stored(call, values, id, "transactioncurrencyid")) {
            fill_currency(call, values);
        }
    } else if (currency->value.type == DB_TEXT_VALUE) {
        fill_currency(call, values);
    } else if (has_money(call, values, id)) {
        dv_refuse(call, reply, DV_CURRENCY_MISSING, NULL, NULL, NULL, NULL);
        return false;
    } else {
        dv_put_name(values, "exchangerate", db_null());
    }
    return true;
}

bool dv_fill_rules(struct mock_call *call, struct mock_reply *reply, struct dv_values *values,
                   const char *id)
{
    static const char *const names[] = {"firstname", "middlename", "lastname"};
    static const char *const yomi_names[] = {"yomifirstname", "yomimiddlename", "yomilastname"};
    const struct dv_entity *entity = values->entity;
    const struct dv_set *owner;

    if ((entity->flags & DV_STATEFUL) != 0 && !fill_state(call, reply, values, id)) {
        return false;
    }
    if (id != NULL && !fill_changed_currency(call, reply, values, id)) {
        return false;
    }
    owner = id != NULL ? dv_value_of(values, "ownerid") : NULL;
    if (owner != NULL && owner->value.type == DB_TEXT_VALUE) {
        fill_owner(call, values, owner);
    }
    fill_fullname(call, values, id, "fullname", names);
    fill_fullname(call, values, id, "yomifullname", yomi_names);
    fill_addresses(call, values, id);
    fill_customer(values, "parentcustomerid", "accountid", "parentcontactid");
    if (strcmp(entity->name, "opportunity") == 0) {
        fill_customer(values, "customerid", "accountid", "contactid");
    }
    return true;
}
