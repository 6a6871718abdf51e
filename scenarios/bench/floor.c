/*
 * The floor servers: what the stack can do at most. libmicrohttpd with as many threads, behind it
 * either one SQLite connection behind one mutex and one prepared SELECT, or a handler that only
 * signs.
 */
#include "bench/bench.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "base/str.h"

/* The header memory is the contract's: the library clears it at every request, so the floor has it
 * too. */
enum { ROWS = 1000, CONTACTS = 10000, CLAIMS_LEN = 900, HEADER_MEMORY = 128 * 1024 };

/* Columns of a contact as the mock reads and writes them, and the indexes that its table has. */
#define FIVE "fullname, emailaddress1, jobtitle, telephone1, statecode"
#define THIRTY                                                                                     \
    "contactid, fullname, firstname, lastname, emailaddress1, jobtitle, telephone1, mobilephone,"  \
    " fax, address1_line1, address1_line2, address1_city, address1_stateorprovince,"               \
    " address1_postalcode, address1_country, address1_composite, department, parentcustomerid,"    \
    " ownerid, statecode, statuscode, donotemail, donotphone, donotbulkemail, donotfax,"           \
    " gendercode, birthdate, createdon, modifiedon, versionnumber"
#define INSERTED                                                                                   \
    "contactid, fullname, firstname, lastname, emailaddress1, jobtitle, telephone1,"               \
    " address1_line1, address1_city, address1_country, address1_composite, parentcustomerid,"      \
    " parentcustomerid_t, accountid, ownerid, ownerid_t, owninguser, owningbusinessunit,"          \
    " statecode, statuscode, createdon, modifiedon, createdby, modifiedby, versionnumber,"         \
    " transactioncurrencyid, exchangerate, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, "    \
    "c13,"                                                                                         \
    " c14, c15, c16, c17, c18, c19, c20, c21, c22"

static const char contacts_schema[] =
    "CREATE TABLE contact (" INSERTED
    ", mobilephone, fax, address1_line2, address1_stateorprovince,"
    " address1_postalcode, department, donotemail, donotphone, donotbulkemail, donotfax,"
    " gendercode, birthdate, PRIMARY KEY (contactid));"
    "CREATE INDEX i1 ON contact (lastname);"
    "CREATE INDEX i3 ON contact (emailaddress1); CREATE INDEX i4 ON contact (parentcustomerid);"
    "CREATE INDEX i5 ON contact (modifiedon); CREATE INDEX i6 ON contact (versionnumber);";

/* What a floor server does: one statement, whose one value is a row's id or an account's. */
static const struct floor_kind {
    const char *name, *sql;
} kinds[] = {
    {"select", "SELECT document, credentials FROM applications WHERE id = ?"},
    {"row", "SELECT versionnumber, " THIRTY " FROM contact WHERE contactid = ?"},
    {"page5", "SELECT versionnumber, contactid, " FIVE
              " FROM contact WHERE parentcustomerid = ? ORDER BY contactid LIMIT 50"},
    {"page30", "SELECT versionnumber, " THIRTY
               " FROM contact WHERE parentcustomerid = ? ORDER BY contactid LIMIT 50"},
    {"insert",
     "INSERT INTO contact (" INSERTED
     ") VALUES (?, 'Ann Young', 'Ann', 'Young', 'a.y@example.com', 'Buyer', '555-1234',"
     " '12 Main Street', 'Seattle', 'United States', '12 Main Street', ?1, 'account', ?1,"
     " ?1, 'systemuser', ?1, ?1, 0, 1, '2026-01-15T09:00:00Z', '2026-01-15T09:00:00Z',"
     " ?1, ?1, 1, ?1, 1000000000000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1,"
     " 1, 1, 0, 1)"},
};

struct floor {
    bool signs;
    char *body;
    size_t body_len;
    pthread_mutex_t lock;
    sqlite3 *db;
    const struct floor_kind *kind;
    sqlite3_stmt *statement;
    struct crypto_key *key;
    int64_t made; /* rows that were inserted */
    size_t read;
};

/* Which value the statement gets: always the same row or account, or a new one. */
static void bind_value(struct floor *floor, char id[64])
{
    const char *name = floor->kind->name;

    if (strcmp(name, "insert") == 0) {
        snprintf(id, 64, "10000000-0000-4000-8000-%012lld", (long long)floor->made++);
    } else if (strncmp(name, "page", 4) == 0) {
        snprintf(id, 64, "20000000-0000-4000-8000-%012d", 7);
    } else {
        snprintf(id, 64, "00000000-0000-4000-8000-%012d", 500);
    }
    sqlite3_bind_text(floor->statement, 1, id, -1, SQLITE_STATIC);
}

/* One statement, all of its columns stepped and read. */
static void run_statement(struct floor *floor)
{
    size_t read = 0;
    char id[64];

    pthread_mutex_lock(&floor->lock);
    bind_value(floor, id);
    while (sqlite3_step(floor->statement) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(floor->statement); i++) {
            const char *text = (const char *)sqlite3_column_text(floor->statement, i);

            read += text != NULL ? strlen(text) : 0;
        }
    }
    sqlite3_reset(floor->statement);
    floor->read = read; /* so that nothing of it may be left out */
    pthread_mutex_unlock(&floor->lock);
}

static void run_sign(struct floor *floor)
{
    AUTO(strbuf) signature = STRBUF(0);
    char claims[CLAIMS_LEN];

    memset(claims, 'x', sizeof claims);
    crypto_sign_rs256(floor->key, claims, sizeof claims, &signature);
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload_data,
                              size_t *upload_data_size, void **con_cls)
{
    struct floor *floor = cls;
    struct MHD_Response *response;
    enum MHD_Result result;

    (void)url;
    (void)method;
    (void)version;
    (void)upload_data;
    if (*con_cls == NULL) {
        *con_cls = floor;
        return MHD_YES;
    }
    if (*upload_data_size > 0) {
        *upload_data_size = 0;
        return MHD_YES;
    }
    if (floor->signs) {
        run_sign(floor);
    } else {
        run_statement(floor);
    }
    response =
        MHD_create_response_from_buffer(floor->body_len, floor->body, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, "Content-Type", "application/json; charset=utf-8");
    result = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return result;
}

static bool fill_applications(struct floor *floor)
{
    sqlite3_stmt *insert = NULL;
    bool good = sqlite3_exec(floor->db,
                             "CREATE TABLE applications (id TEXT PRIMARY KEY, document TEXT,"
                             " credentials TEXT);",
                             NULL, NULL, NULL) == SQLITE_OK &&
                sqlite3_prepare_v2(floor->db, "INSERT INTO applications VALUES (?, ?, ?)", -1,
                                   &insert, NULL) == SQLITE_OK;

    for (int i = 0; i < ROWS && good; i++) {
        char id[48];

        snprintf(id, sizeof id, "00000000-0000-4000-8000-%012d", i);
        sqlite3_bind_text(insert, 1, id, -1, SQLITE_TRANSIENT);
        sqlite3_bind_text(insert, 2, floor->body, (int)floor->body_len, SQLITE_STATIC);
        sqlite3_bind_text(insert, 3, "[]", -1, SQLITE_STATIC);
        good = sqlite3_step(insert) == SQLITE_DONE;
        sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    return good;
}

/* Ten thousand contacts of two hundred accounts. */
static bool fill_contacts(struct floor *floor)
{
    static const char sql[] =
        "INSERT INTO contact (" THIRTY ") VALUES (?1, 'Ann Young', 'Ann', 'Young',"
        " 'ann.young.' || ?2 || '@example.com', 'Buyer', '555-1234', NULL, NULL,"
        " '12 Main Street', NULL, 'Seattle', 'WA', '98101', 'United States',"
        " '12 Main Street\r\nSeattle', NULL, ?3, ?3, 0, 1, 0, 0, 0, 0, NULL, NULL,"
        " '2026-01-15T09:00:00Z', '2026-01-15T09:00:00Z', 1000000 + ?2)";
    sqlite3_stmt *insert = NULL;
    bool good = sqlite3_exec(floor->db, contacts_schema, NULL, NULL, NULL) == SQLITE_OK &&
                sqlite3_prepare_v2(floor->db, sql, -1, &insert, NULL) == SQLITE_OK;

    for (int i = 0; i < CONTACTS && good; i++) {
        char id[48], account[48];

        snprintf(id, sizeof id, "00000000-0000-4000-8000-%012d", i);
        snprintf(account, sizeof account, "20000000-0000-4000-8000-%012d", i % 200);
        sqlite3_bind_text(insert, 1, id, -1, SQLITE_TRANSIENT);
        sqlite3_bind_int(insert, 2, i);
        sqlite3_bind_text(insert, 3, account, -1, SQLITE_TRANSIENT);
        good = sqlite3_step(insert) == SQLITE_DONE;
        sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    return good;
}

static bool fill(struct floor *floor)
{
    bool good = sqlite3_open_v2(":memory:", &floor->db,
                                SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                                NULL) == SQLITE_OK &&
                sqlite3_exec(floor->db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK;

    good = good && (floor->kind == kinds ? fill_applications(floor) : fill_contacts(floor));
    return good && sqlite3_exec(floor->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK &&
           sqlite3_prepare_v2(floor->db, floor->kind->sql, -1, &floor->statement, NULL) ==
               SQLITE_OK;
}

static char *read_whole(const char *path)
{
    AUTO(strbuf) text = STRBUF(65536);
    FILE *file = fopen(path, "re");
    char piece[4096];
    size_t n;

    while (file != NULL && (n = fread(piece, 1, sizeof piece, file)) > 0) {
        strbuf_add_n(&text, piece, n);
    }
    if (file != NULL) {
        fclose(file);
    }
    return strbuf_take(&text);
}

struct crypto_key *bench_signing_key(void)
{
    static const char *const folders[] = {SOURCE_FIXTURES, INSTALLED_FIXTURES};
    struct crypto_key *found = NULL;
    struct err err;

    for (size_t i = 0; i < ARRAY_LEN(folders) && found == NULL; i++) {
        char path[4096];
        char *key, *certificate;

        snprintf(path, sizeof path, "%s/worlds/keys/signing-1.key.pem", folders[i]);
        key = read_whole(path);
        snprintf(path, sizeof path, "%s/worlds/keys/signing-1.cert.pem", folders[i]);
        certificate = read_whole(path);
        (void)crypto_key_load(key, certificate, &found, &err);
        mem_free(key);
        mem_free(certificate);
    }
    return found;
}

/* Serves until SIGTERM; prints its address first. */
static int serve(struct floor *floor)
{
    struct MHD_Daemon *daemon;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const union MHD_DaemonInfo *info;
    long processors = sysconf(_SC_NPROCESSORS_ONLN); /* as the mock: a thread for each */
    sigset_t ends;
    int number;

    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, handle, floor, MHD_OPTION_SOCK_ADDR, &address,
        MHD_OPTION_THREAD_POOL_SIZE, processors > 2 ? (unsigned)processors : 2U,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_MEMORY, MHD_OPTION_END);
    info = daemon != NULL ? MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (info == NULL) {
        return 1;
    }
    printf("127.0.0.1:%d\n", info->port);
    fflush(stdout);
    sigwait(&ends, &number);
    MHD_stop_daemon(daemon);
    return 0;
}

int floor_main(int argc, char **argv)
{
    struct floor floor = {.lock = PTHREAD_MUTEX_INITIALIZER};
    int64_t len = 0;
    int status = 1;

    for (size_t i = 0; i < ARRAY_LEN(kinds) && argc > 0; i++) {
        floor.kind = strcmp(argv[0], kinds[i].name) == 0 ? &kinds[i] : floor.kind;
    }
    if (argc != 2 || !str_int(argv[1], 0, 1 << 20, &len) ||
        (floor.kind == NULL && strcmp(argv[0], "sign") != 0)) {
        return 2;
    }
    floor.signs = floor.kind == NULL;
    floor.body_len = (size_t)len;
    floor.body = mem_alloc(floor.body_len + 1);
    memset(floor.body, 'x', floor.body_len);
    floor.key = floor.signs ? bench_signing_key() : NULL;
    if (floor.signs ? floor.key != NULL : fill(&floor)) {
        status = serve(&floor);
    }
    sqlite3_finalize(floor.statement);
    sqlite3_close(floor.db);
    crypto_key_free(floor.key);
    mem_free(floor.body);
    return status;
}
