/*
 * SQLite with prepared statements that are kept, values that are bound, and rows that are read in
 * order. One connection belongs to one thread at a time; its owner sees to that.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/err.h"

struct db;
struct sqlite3;

struct db_value {
    enum { DB_NULL_VALUE, DB_INT_VALUE, DB_REAL_VALUE, DB_TEXT_VALUE, DB_BLOB_VALUE } type;
    int64_t number;
    double real;
    const void *bytes; /* stays the caller's until the statement has ended */
    size_t len;
};

struct db_value db_null(void);
struct db_value db_int(int64_t number);
struct db_value db_real(double number);
struct db_value db_text(const char *text); /* NULL is null */
struct db_value db_text_n(const char *text, size_t len);
struct db_value db_blob(const void *bytes, size_t len);

/* The arguments of a statement: db_run(db, sql, DB_ARGS(db_int(1), db_text("a")), err). */
#define DB_ARGS(...)                                                                               \
    (const struct db_value[]){__VA_ARGS__},                                                        \
        sizeof((const struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value)
#define DB_NO_ARGS NULL, 0

/*
 * For programs, before anything else: SQLite counts no memory, which is one lock for all threads at
 * each allocation. A library leaves that to the program that it is in.
 */
void db_own_process(void);
/* Opens a file, an SQLite URI, or a private database in memory (NULL). Fails with ERR_STORE. */
bool db_open(const char *name, struct db **ret, struct err *err);
/* An open transaction is rolled back. NULL is nothing. */
void db_close(struct db *db);
/* The same, but leaves a write-ahead log as it is: the file is then what a kill would leave. */
void db_abandon(struct db *db);

/* Runs a script of several statements without values. */
bool db_script(struct db *db, const char *sql, struct err *err);
/* Runs one statement whose rows, if any, do not matter. */
bool db_run(struct db *db, const char *sql, const struct db_value *args, size_t count,
            struct err *err);
/* How many rows the last statement changed, and the last rowid it made. */
int64_t db_changes(const struct db *db);
int64_t db_last_rowid(const struct db *db);
/* How many rows all statements of this connection changed: while it stands still, so do the tables.
 */
int64_t db_total_changes(const struct db *db);

/*
 * Whether SQLite takes such a statement: one that was put together from what somebody wrote may
 * have more tables, columns or brackets than it has room for.
 */
bool db_takes(struct db *db, const char *sql);

/* How many prepared statements are kept: at most 256, the longest idle one goes first. */
size_t db_kept(const struct db *db);

/* A running query. Zero it, or fill it by db_query(); AUTO(db_rows) ends it. */
struct db_rows {
    struct db *db;
    struct db_statement *statement;
};

enum db_step { DB_ROW, DB_DONE, DB_FAILED };

bool db_query(struct db *db, const char *sql, const struct db_value *args, size_t count,
              struct db_rows *ret, struct err *err);
enum db_step db_next(struct db_rows *rows, struct err *err);
/* Columns of the present row, from 0. Text and blobs are good until the next step. */
int db_column_count(const struct db_rows *rows);
const char *db_column_name(const struct db_rows *rows, int column);
bool db_column_is_null(const struct db_rows *rows, int column);
int db_column_type(const struct db_rows *rows, int column); /* one of db_value's types */
int64_t db_column_int(const struct db_rows *rows, int column);
double db_column_real(const struct db_rows *rows, int column);
const char *db_column_text(const struct db_rows *rows, int column); /* NULL for null */
const void *db_column_blob(const struct db_rows *rows, int column, size_t *ret_len);
void db_rows_finish(struct db_rows *rows);

/* The first column of the first row, `otherwise` when there is no row or it is null. */
bool db_query_int(struct db *db, const char *sql, const struct db_value *args, size_t count,
                  int64_t otherwise, int64_t *ret, struct err *err);

/* A transaction; AUTO(db_txn) rolls back unless db_commit() came first. */
struct db_txn {
    struct db *db;
};

bool db_begin(struct db *db, struct db_txn *ret, struct err *err);
bool db_commit(struct db_txn *txn, struct err *err);
void db_txn_finish(struct db_txn *txn);

/*
 * The whole database as bytes (the caller frees them with mem_free()), and back. Asserts that no
 * statement runs and no transaction is open: sqlite3_deserialize() would lose or crash later
 * without saying so.
 */
bool db_serialize(struct db *db, uint8_t **ret, size_t *ret_len, struct err *err);
bool db_deserialize(struct db *db, const uint8_t *bytes, size_t len, struct err *err);
/* Gives back what it keeps of pages; they are read again when they are wanted. */
void db_release(struct db *db);

/* The connection itself: for the few who need more of SQLite than is here. */
struct sqlite3 *db_handle(struct db *db);
