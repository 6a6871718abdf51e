#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double median(const double *numbers, int count)
{
    double sorted[BENCH_MAX_ROUNDS];

    memcpy(sorted, numbers, (size_t)count * sizeof *sorted);
    qsort(sorted, (size_t)count, sizeof *sorted, by_size);
    return count % 2 == 1 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

static void print_number(double number)
{
    printf(number >= 1000 ? "%10.0f" : number >= 10 ? "%10.1f" : "%10.3f", number);
}

/* The median of the rounds' own ratios: what disturbs one round disturbs its floor too. */
static double ratio_of(const struct figure *figure)
{
    double ratios[BENCH_MAX_ROUNDS];

    for (int i = 0; i < figure->count; i++) {
        ratios[i] = figure->floor[i] > 0 ? figure->ours[i] / figure->floor[i] : 0;
    }
    return median(ratios, figure->count);
}

static const char *verdict(const struct figure *figure, double ours, double ratio, char text[64])
{
    bool met = true;

    if (figure->least_ratio > 0) {
        met = ratio >= figure->least_ratio;
        snprintf(text, 64, "target: ratio %.2f or more", figure->least_ratio);
    } else if (figure->most > 0) {
        met = ours < figure->most;
        snprintf(text, 64, "target: under %g %s", figure->most, figure->unit);
    } else if (figure->least > 0) {
        met = ours >= figure->least;
        snprintf(text, 64, "target: %g %s or more", figure->least, figure->unit);
    } else {
        text[0] = '\0';
        return "";
    }
    return met ? ", met" : ", MISSED";
}

void figure_print(struct bench *bench, const struct figure *figure)
{
    double ours = median(figure->ours, figure->count);
    double floor = median(figure->floor, figure->count);
    double ratio = ratio_of(figure);
    cJSON *item = cJSON_CreateObject();
    char target[64];
    const char *met = verdict(figure, ours, ratio, target);

    printf("%-34s", figure->name);
    print_number(ours);
    printf(" %-12s", figure->unit);
    if (floor > 0) {
        print_number(floor);
        printf("  %5.2f", ratio);
    } else {
        printf("         -      -");
    }
    printf("  %s%s\n", target, met);
    if (figure->floor_name != NULL) {
        printf("%-34s floor: %s\n", "", figure->floor_name);
    }
    fflush(stdout);
    cJSON_AddStringToObject(item, "name", figure->name);
    cJSON_AddStringToObject(item, "unit", figure->unit);
    cJSON_AddNumberToObject(item, "value", ours);
    if (floor > 0) {
        cJSON_AddNumberToObject(item, "floor", floor);
        cJSON_AddNumberToObject(item, "ratio", ratio);
    }
    if (*target != '\0') {
        cJSON_AddStringToObject(item, "target", target);
        cJSON_AddBoolToObject(item, "met", strstr(met, "MISSED") == NULL);
    }
    cJSON_AddItemToArray(bench->results, item);
}
