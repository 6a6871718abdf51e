/* mocktenant run: plays scenarios. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/str.h"
#include "cli/commands.h"
#include "runner/suite.h"

enum { MAX_JOBS = 64 };

static const char usage[] =
    "usage: mocktenant run [PATH...] [--format pretty|tap|junit] [--report FILE.html]\n"
    "                      [--filter GLOB] [--jobs N] [--transport wire|direct] [--seed N]\n"
    "                      [--variants on|off] [--rules]\n"
    "\n"
    "Plays every scenario below the paths (default: scenarios/), each in a world of its own.\n"
    "\n"
    "  --format     pretty (default) for people, tap for test harnesses, junit for CI servers\n"
    "  --report     also writes a page with everything that happened\n"
    "  --filter     only files whose path below PATH fits; * crosses slashes\n"
    "  --jobs       how many cases are played at once (default: one a processor)\n"
    "  --transport  wire (default): the engine's HTTP goes through a socket and TLS, variants are\n"
    "               played in direct; direct: requests are handed over in the same thread.\n"
    "               Given as wire, the variants are played in wire too\n"
    "  --variants   on (default): what a scenario's `also` names is played too; off: the stories\n"
    "               alone, in a fraction of the time\n"
    "  --seed       of every world (default: 1)\n"
    "  --rules      a table of the rules that the scenarios cite, passed or not\n"
    "\n"
    "Exit status: 0 all passed, 1 a scenario failed, 2 wrong use or a file that is not valid.\n";

static int wrong(const char *option, const char *value, const char *expected)
{
    (void)fprintf(stderr, "mocktenant run: %s \"%s\": expected %s\n", option, value, expected);
    return 2;
}

/* 0, or the exit status of wrong use. */
static int take(struct run_options *options, int option, const char *value)
{
    int64_t number;

    switch (option) {
    case 'f':
        options->format = value;
        return str_eq(value, "pretty") || str_eq(value, "tap") || str_eq(value, "junit")
                   ? 0
                   : wrong("--format", value, "pretty, tap or junit");
    case 'r':
        options->report = value;
        return *value != '\0' ? 0 : wrong("--report", value, "a file");
    case 'g':
        options->filter = value;
        return *value != '\0' ? 0 : wrong("--filter", value, "a pattern such as setup/*");
    case 'j':
        if (!str_int(value, 1, MAX_JOBS, &number)) {
            return wrong("--jobs", value, "a number from 1 to 64");
        }
        options->jobs = (int)number;
        return 0;
    case 't':
        options->wire = str_eq(value, "wire");
        options->wire_variants = options->wire;
        return options->wire || str_eq(value, "direct")
                   ? 0
                   : wrong("--transport", value, "wire or direct");
    case 's':
        if (!str_int(value, 1, INT64_MAX, &number)) {
            return wrong("--seed", value, "a number above 0");
        }
        options->seed = (uint64_t)number;
        return 0;
    case 'v':
        options->base_only = str_eq(value, "off");
        return options->base_only || str_eq(value, "on") ? 0
                                                         : wrong("--variants", value, "on or off");
    case 'R':
        options->rules = true;
        return 0;
    default:
        return 2;
    }
}

/* The present folder's scenarios, else those of the source tree, else the installed ones. */
static const char *default_path(void)
{
    static const char *const places[] = {"scenarios", SOURCE_FIXTURES "/../scenarios",
                                         INSTALLED_FIXTURES "/scenarios"};
    struct stat info;

    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        if (stat(places[i], &info) == 0 && S_ISDIR(info.st_mode)) {
            return places[i];
        }
    }
    return places[0];
}

static int default_jobs(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    return processors < 1 ? 1 : processors > MAX_JOBS ? MAX_JOBS : (int)processors;
}

int cmd_run(int argc, char **argv)
{
    static const struct option table[] = {
        {"format", required_argument, NULL, 'f'},
        {"report", required_argument, NULL, 'r'},
        {"filter", required_argument, NULL, 'g'},
        {"jobs", required_argument, NULL, 'j'},
        {"transport", required_argument, NULL, 't'},
        {"seed", required_argument, NULL, 's'},
        {"variants", required_argument, NULL, 'v'},
        {"rules", no_argument, NULL, 'R'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    const char *const fallback[] = {default_path()};
    struct run_options options = {
        .format = "pretty", .jobs = default_jobs(), .wire = true, .seed = 1};
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, "h", table, NULL)) != -1) {
        if (option == 'h') {
            (void)fputs(usage, stdout);
            return 0;
        }
        if (take(&options, option, optarg) != 0) {
            (void)fputs("Try: mocktenant run --help\n", stderr);
            return 2;
        }
    }
    options.paths = optind < argc ? (const char *const *)&argv[optind] : fallback;
    options.path_count = optind < argc ? (size_t)(argc - optind) : ARRAY_LEN(fallback);
    run_keep_memory();
    return run_suite(&options, stdout, stderr);
}
