#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/str.h"
#include "bench/bench.h"
#include "cli/commands.h"

static const struct {
    const char *name;
    bool (*run)(struct bench *bench);
} figures[] = {
    /* The last one sets how the process keeps its memory. */
    {"start", bench_start},   {"rates", bench_rates}, {"organization", bench_organization},
    {"worlds", bench_worlds}, {"sync", bench_sync},   {"story", bench_story}};

static int help(void)
{
    printf("usage: mocktenant bench [FIGURE...] [--rounds N] [--round-ms N] [--memory] [--json "
           "FILE]\n\n"
           "Measures, beside floors of the same run: start, rates, organization, worlds, sync, "
           "story (default: all).\n\n"
           "  --rounds N    rounds a figure, the median counts (default: 5)\n"
           "  --round-ms N  how long a round is (default: 1000)\n"
           "  --memory      also the memory after two million calls (half a minute)\n"
           "  --json FILE   writes the figures to a file too\n\n"
           "The load comes from a second process: wrk where it is installed, else a client of our "
           "own.\n");
    return 0;
}

static int wrong(const char *word)
{
    fprintf(stderr,
            "mocktenant bench: %s is no figure, option or value\nTry `mocktenant bench --help`.\n",
            word);
    return 2;
}

struct choice {
    bool chosen[ARRAY_LEN(figures)], any;
    const char *json;
};

static int read_options(struct bench *bench, struct choice *choice, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        int64_t number = 0;
        size_t n = 0;

        while (n < ARRAY_LEN(figures) && strcmp(argv[i], figures[n].name) != 0) {
            n++;
        }
        if (n < ARRAY_LEN(figures)) {
            choice->chosen[n] = choice->any = true;
        } else if (strcmp(argv[i], "--memory") == 0) {
            bench->memory = true;
        } else if (strcmp(argv[i], "--json") == 0 && i + 1 < argc) {
            choice->json = argv[++i];
        } else if (strcmp(argv[i], "--rounds") == 0 && i + 1 < argc &&
                   str_int(argv[i + 1], 1, BENCH_MAX_ROUNDS, &number)) {
            bench->rounds = (int)number;
            i++;
        } else if (strcmp(argv[i], "--round-ms") == 0 && i + 1 < argc &&
                   str_int(argv[i + 1], 100, 60000, &number)) {
            bench->round_ms = (int)number;
            i++;
        } else {
            return wrong(argv[i]);
        }
    }
    return -1;
}

static bool write_json(struct bench *bench, const char *path)
{
    FILE *file = fopen(path, "we");

    if (file == NULL) {
        fprintf(stderr, "mocktenant bench: %s cannot be written\n", path);
        return false;
    }
    fprintf(file, "%s\n", json_text_pretty(&bench->arena, bench->results));
    return fclose(file) == 0;
}

int cmd_bench(int argc, char **argv)
{
    struct bench bench = {.rounds = 5, .round_ms = 1000};
    struct choice choice = {0};
    char program[4096] = "";
    bool good = true;
    int status;

    if (argc > 2 && strcmp(argv[1], "--floor") == 0) {
        return floor_main(argc - 2, argv + 2);
    }
    if (argc > 2 && strcmp(argv[1], "--client") == 0) {
        return client_main(argc - 2, argv + 2);
    }
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        return help();
    }
    status = read_options(&bench, &choice, argc, argv);
    if (status >= 0) {
        return status;
    }
    signal(SIGPIPE, SIG_IGN);
    if (readlink("/proc/self/exe", program, sizeof program - 1) <= 0) {
        fprintf(stderr, "mocktenant bench: /proc/self/exe cannot be read\n");
        return 1;
    }
    bench.program = program;
    bench.results = json_new_array(&bench.arena);
    printf("%-34s%10s %-12s%10s  ratio   (load: %s)\n", "figure", "ours", "", "floor",
           load_by_wrk() ? "wrk" : "the bench's own client");
    for (size_t i = 0; i < ARRAY_LEN(figures) && good; i++) {
        good = (choice.any && !choice.chosen[i]) || figures[i].run(&bench);
    }
    good = good && (!bench.memory || bench_memory(&bench));
    good = good && (choice.json == NULL || write_json(&bench, choice.json));
    arena_finish(&bench.arena);
    return good ? 0 : 1;
}
