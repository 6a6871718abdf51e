#include "base/db.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum { BUCKETS = 64, BUSY_MS = 5000, LARGE = 4 * 1024 * 1024 };

/* Filters and sort orders of clients become texts of their own: without a bound they would pile up.
 */
enum { MOST_KEPT = 256 };

struct db_statement {
    struct db_statement *next; /* in its bucket */
    char *sql;
    sqlite3_stmt *stmt;
    uint64_t used; /* when it was last wanted, in statements wanted before */
    bool busy;
    bool once; /* made beside a busy one of the same text; ends with its query */
};

struct db {
    sqlite3 *handle;
    struct db_statement *recent[BUCKETS]; /* by the address of the text: most are literals */
    struct db_statement *buckets[BUCKETS];
    size_t kept;
    uint64_t wanted; /* how many statements were */
    bool memory;     /* no file */
    bool large;      /* in memory, and nothing was asked of it since its size is known */
    bool prepared;   /* as a large one is */
};

struct db_value db_null(void)
{
    return (struct db_value){.type = DB_NULL_VALUE};
}

struct db_value db_int(int64_t number)
{
    return (struct db_value){.type = DB_INT_VALUE, .number = number};
}

struct db_value db_real(double number)
{
    return (struct db_value){.type = DB_REAL_VALUE, .real = number};
}

struct db_value db_text(const char *text)
{
    return text == NULL ? db_null() : db_text_n(text, strlen(text));
}

struct db_value db_text_n(const char *text, size_t len)
{
    return (struct db_value){.type = DB_TEXT_VALUE, .bytes = text, .len = len};
}

struct db_value db_blob(const void *bytes, size_t len)
{
    return (struct db_value){.type = DB_BLOB_VALUE, .bytes = bytes, .len = len};
}

static bool failed(struct db *db, const char *what, struct err *err)
{
    return err_set(err, ERR_STORE, "%.200s: %s", what, sqlite3_errmsg(db->handle));
}

void db_own_process(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

bool db_open(const char *name, struct db **ret, struct err *err)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI |
                      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    struct db *db = mem_alloc(sizeof *db);

    if (sqlite3_open_v2(name != NULL ? name : ":memory:", &db->handle, flags, NULL) != SQLITE_OK) {
        (void)failed(db, name != NULL ? name : "a database in memory", err);
        db_close(db);
        return false;
    }
    sqlite3_busy_timeout(db->handle, BUSY_MS);
    db->memory = name == NULL;
    *ret = db;
    return true;
}

static void free_statement(struct db_statement *statement)
{
    sqlite3_finalize(statement->stmt);
    mem_free(statement->sql);
    mem_free(statement);
}

void db_close(struct db *db)
{
    if (db == NULL) {
        return;
    }
    for (size_t i = 0; i < BUCKETS; i++) {
        while (db->buckets[i] != NULL) {
            struct db_statement *statement = db->buckets[i];

            db->buckets[i] = statement->next;
            free_statement(statement);
        }
    }
    sqlite3_close(db->handle);
    mem_free(db);
}

void db_abandon(struct db *db)
{
    if (db != NULL) {
        sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        db_close(db);
    }
}

bool db_script(struct db *db, const char *sql, struct err *err)
{
    return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK || failed(db, sql, err);
}

static size_t bucket_of(const char *sql)
{
    return (size_t)(str_hash(sql, strlen(sql)) % BUCKETS);
}

/* Ends the statement that has been idle longest; all of them may be busy. */
static bool forget_oldest(struct db *db)
{
    struct db_statement **oldest = NULL, *gone;

    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct db_statement **at = &db->buckets[i]; *at != NULL; at = &(*at)->next) {
            if (!(*at)->busy && (oldest == NULL || (*at)->used < (*oldest)->used)) {
                oldest = at;
            }
        }
    }
    if (oldest == NULL) {
        return false;
    }
    gone = *oldest;
    *oldest = gone->next;
    for (size_t i = 0; i < BUCKETS; i++) {
        if (db->recent[i] == gone) {
            db->recent[i] = NULL;
        }
    }
    free_statement(gone);
    db->kept--;
    return true;
}

static struct db_statement *use(struct db *db, struct db_statement *statement)
{
    statement->busy = true;
    statement->used = ++db->wanted;
    return statement;
}

/*
 * The journal of a large database in memory stays between transactions, which of small blocks made
 * anew costs an eighth of each write; SQLite keeps it only where nobody else can lock the database.
 * (A greater cache costs more than it saves: each page is then twice in cold memory.) The pragmas
 * make SQLite read the schema: small databases, of which a test makes thousands, do without, and
 * large ones wait for their first statement.
 */
static void prepare_large(struct db *db)
{
    db->large = false;
    db->prepared = true;
    (void)sqlite3_exec(db->handle,
                       "PRAGMA main.locking_mode = EXCLUSIVE; PRAGMA journal_mode = PERSIST", NULL,
                       NULL, NULL);
}

/* A statement of that text which nobody uses right now. */
static struct db_statement *take(struct db *db, const char *sql, struct err *err)
{
    struct db_statement **recent = &db->recent[((uintptr_t)sql >> 4) % BUCKETS];
    struct db_statement **bucket;
    struct db_statement *statement = *recent;
    bool once = false;

    if (db->large) {
        prepare_large(db);
    }
    if (statement != NULL && !statement->busy && strcmp(statement->sql, sql) == 0) {
        return use(db, statement);
    }
    bucket = &db->buckets[bucket_of(sql)];
    for (statement = *bucket; statement != NULL; statement = statement->next) {
        if (strcmp(statement->sql, sql) == 0) {
            if (!statement->busy) {
                *recent = statement;
                return use(db, statement);
            }
            once = true;
        }
    }
    statement = mem_alloc(sizeof *statement);
    if (sqlite3_prepare_v3(db->handle, sql, -1, once ? 0 : SQLITE_PREPARE_PERSISTENT,
                           &statement->stmt, NULL) != SQLITE_OK) {
        (void)failed(db, sql, err);
        mem_free(statement);
        return NULL;
    }
    statement->sql = mem_strdup(sql);
    statement->once = once;
    if (!once) {
        while (db->kept >= MOST_KEPT && forget_oldest(db)) {
        }
        statement->next = *bucket;
        *bucket = statement;
        db->kept++;
    }
    return use(db, statement);
}

size_t db_kept(const struct db *db)
{
    return db->kept;
}

static void bind(struct db_statement *statement, const struct db_value *args, size_t count)
{
    assert((int)count == sqlite3_bind_parameter_count(statement->stmt));
    for (size_t i = 0; i < count; i++) {
        const struct db_value *arg = &args[i];
        int n = (int)i + 1, code = SQLITE_OK;

        switch (arg->type) {
        case DB_NULL_VALUE:
            code = sqlite3_bind_null(statement->stmt, n);
            break;
        case DB_INT_VALUE:
            code = sqlite3_bind_int64(statement->stmt, n, arg->number);
            break;
        case DB_REAL_VALUE:
            code = sqlite3_bind_double(statement->stmt, n, arg->real);
            break;
        case DB_TEXT_VALUE:
            code = sqlite3_bind_text64(statement->stmt, n, arg->bytes, arg->len, SQLITE_STATIC,
                                       SQLITE_UTF8);
            break;
        case DB_BLOB_VALUE:
            code = arg->len == 0 ? sqlite3_bind_zeroblob(statement->stmt, n, 0)
                                 : sqlite3_bind_blob64(statement->stmt, n, arg->bytes, arg->len,
                                                       SQLITE_STATIC);
            break;
        }
        if (code != SQLITE_OK) {
            abort(); /* out of memory, or a mistake of ours */
        }
    }
}

bool db_takes(struct db *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    bool good = sqlite3_prepare_v2(db->handle, sql, -1, &stmt, NULL) == SQLITE_OK;

    sqlite3_finalize(stmt);
    return good;
}

bool db_query(struct db *db, const char *sql, const struct db_value *args, size_t count,
              struct db_rows *ret, struct err *err)
{
    ret->db = db;
    ret->statement = take(db, sql, err);
    if (ret->statement == NULL) {
        return false;
    }
    bind(ret->statement, args, count);
    return true;
}

enum db_step db_next(struct db_rows *rows, struct err *err)
{
    switch (sqlite3_step(rows->statement->stmt)) {
    case SQLITE_ROW:
        return DB_ROW;
    case SQLITE_DONE:
        return DB_DONE;
    default:
        (void)failed(rows->db, rows->statement->sql, err);
        return DB_FAILED;
    }
}

void db_rows_finish(struct db_rows *rows)
{
    struct db_statement *statement = rows->statement;

    if (statement == NULL) {
        return;
    }
    rows->statement = NULL;
    if (statement->once) {
        free_statement(statement);
        return;
    }
    sqlite3_reset(statement->stmt);
    sqlite3_clear_bindings(statement->stmt);
    statement->busy = false;
}

bool db_run(struct db *db, const char *sql, const struct db_value *args, size_t count,
            struct err *err)
{
    AUTO(db_rows) rows = {0};
    enum db_step step = DB_ROW;

    if (!db_query(db, sql, args, count, &rows, err)) {
        return false;
    }
    while (step == DB_ROW) {
        step = db_next(&rows, err);
    }
    return step == DB_DONE;
}

bool db_query_int(struct db *db, const char *sql, const struct db_value *args, size_t count,
                  int64_t otherwise, int64_t *ret, struct err *err)
{
    AUTO(db_rows) rows = {0};
    enum db_step step;

    if (!db_query(db, sql, args, count, &rows, err)) {
        return false;
    }
    step = db_next(&rows, err);
    *ret = step == DB_ROW && !db_column_is_null(&rows, 0) ? db_column_int(&rows, 0) : otherwise;
    return step != DB_FAILED;
}

int64_t db_changes(const struct db *db)
{
    return sqlite3_changes64(db->handle);
}

int64_t db_total_changes(const struct db *db)
{
    return sqlite3_total_changes64(db->handle);
}

int64_t db_last_rowid(const struct db *db)
{
    return sqlite3_last_insert_rowid(db->handle);
}

int db_column_count(const struct db_rows *rows)
{
    return sqlite3_column_count(rows->statement->stmt);
}

const char *db_column_name(const struct db_rows *rows, int column)
{
    return sqlite3_column_name(rows->statement->stmt, column);
}

int db_column_type(const struct db_rows *rows, int column)
{
    switch (sqlite3_column_type(rows->statement->stmt, column)) {
    case SQLITE_INTEGER:
        return DB_INT_VALUE;
    case SQLITE_FLOAT:
        return DB_REAL_VALUE;
    case SQLITE_TEXT:
        return DB_TEXT_VALUE;
    case SQLITE_BLOB:
        return DB_BLOB_VALUE;
    default:
        return DB_NULL_VALUE;
    }
}

bool db_column_is_null(const struct db_rows *rows, int column)
{
    return db_column_type(rows, column) == DB_NULL_VALUE;
}

int64_t db_column_int(const struct db_rows *rows, int column)
{
    return sqlite3_column_int64(rows->statement->stmt, column);
}

double db_column_real(const struct db_rows *rows, int column)
{
    return sqlite3_column_double(rows->statement->stmt, column);
}

const char *db_column_text(const struct db_rows *rows, int column)
{
    return (const char *)sqlite3_column_text(rows->statement->stmt, column);
}

const void *db_column_blob(const struct db_rows *rows, int column, size_t *ret_len)
{
    const void *bytes = sqlite3_column_blob(rows->statement->stmt, column);

    *ret_len = (size_t)sqlite3_column_bytes(rows->statement->stmt, column);
    return bytes;
}

bool db_begin(struct db *db, struct db_txn *ret, struct err *err)
{
    if (!db_run(db, "BEGIN IMMEDIATE", DB_NO_ARGS, err)) {
        return false;
    }
    ret->db = db;
    return true;
}

bool db_commit(struct db_txn *txn, struct err *err)
{
    if (!db_run(txn->db, "COMMIT", DB_NO_ARGS, err)) {
        return false;
    }
    txn->db = NULL;
    return true;
}

void db_txn_finish(struct db_txn *txn)
{
    struct err ignored;

    if (txn->db != NULL) {
        /* Fails only when SQLite has rolled back already. */
        (void)db_run(txn->db, "ROLLBACK", DB_NO_ARGS, &ignored);
        txn->db = NULL;
    }
}

/* Nothing runs and no transaction is open. */
static bool at_rest(struct db *db)
{
    sqlite3_stmt *stmt = NULL;

    while ((stmt = sqlite3_next_stmt(db->handle, stmt)) != NULL) {
        if (sqlite3_stmt_busy(stmt)) {
            return false;
        }
    }
    return sqlite3_get_autocommit(db->handle) != 0;
}

bool db_serialize(struct db *db, uint8_t **ret, size_t *ret_len, struct err *err)
{
    sqlite3_int64 size = 0;
    unsigned char *image;

    assert(at_rest(db));
    image = sqlite3_serialize(db->handle, "main", &size, SQLITE_SERIALIZE_NOCOPY);
    if (image != NULL) {
        *ret = (uint8_t *)mem_dup(image, (size_t)size);
    } else {
        image = sqlite3_serialize(db->handle, "main", &size, 0);
        if (image == NULL && size > 0) {
            return failed(db, "serialize", err);
        }
        *ret = (uint8_t *)mem_dup(image, (size_t)size);
        sqlite3_free(image);
    }
    *ret_len = (size_t)size;
    db->large = db->memory && !db->prepared && *ret_len > LARGE;
    return true;
}

bool db_deserialize(struct db *db, const uint8_t *bytes, size_t len, struct err *err)
{
    const unsigned flags = SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE;
    unsigned char *copy = sqlite3_malloc64(len > 0 ? len : 1);
    sqlite3_int64 most = (sqlite3_int64)1 << 40; /* the default would end a world at 1 GiB */

    assert(at_rest(db));
    if (copy == NULL) {
        abort();
    }
    memcpy(copy, bytes, len);
    if (sqlite3_deserialize(db->handle, "main", copy, (sqlite3_int64)len, (sqlite3_int64)len,
                            flags) != SQLITE_OK) {
        return failed(db, "deserialize", err);
    }
    sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_SIZE_LIMIT, &most);
    db->large = db->memory && len > LARGE;
    db->prepared = false;
    return true;
}

void db_release(struct db *db)
{
    (void)sqlite3_db_release_memory(db->handle);
}

struct sqlite3 *db_handle(struct db *db)
{
    return db->handle;
}
