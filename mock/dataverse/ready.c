/*
 * The tables of an empty world: those of the first organization, and in them what the shipped
 * package will add. A column that no metadata tells of is seen by nobody, and so a world that has
 * the package costs no ALTER TABLE, each of which reads the whole schema again.
 */
#include <string.h>

#include "base/str.h"
#include "dataverse/catalog.h"
#include "dataverse/install.h"
#include "dataverse/package.h"
#include "dataverse/ready.h"

/* The package's columns of one table. */
static size_t columns_of(const struct package *package, const char *entity, struct dv_column *ret)
{
    size_t count = 0;

    for (size_t i = 0; i < package->column_count; i++) {
        if (strcmp(package->columns[i].entity, entity) == 0) {
            ret[count++] = package->columns[i].column;
        }
    }
    return count;
}

static void make_package_table(struct db *db, struct arena *arena, const struct package *package,
                               const struct dv_custom_entity *custom)
{
    struct dv_column *more = arena_array(arena, package->column_count + 1, sizeof *more);
    struct dv_entity entity;
    size_t count;

    dv_custom_entity_begin(arena, custom, 0, &entity);
    count = columns_of(package, entity.name, more);
    dv_assemble(arena, &entity, more, count);
    dv_make_table(db, &entity);
}

void dv_make_ready_tables(struct db *db)
{
    AUTO(arena) arena = {0};
    struct package package;
    struct err ignored;
    size_t count;
    const struct dv_entity *entities = dv_standard(&count);
    bool shipped = package_shipped(&arena, &package, &ignored);

    for (size_t i = 0; i < count; i++) {
        struct dv_entity entity = entities[i];

        if (shipped) {
            struct dv_column *more = arena_array(&arena, package.column_count + 1, sizeof *more);
            size_t more_count = columns_of(&package, entity.name, more);

            dv_assemble(&arena, &entity, more, more_count);
        }
        dv_make_table(db, &entity);
    }
    for (size_t i = 0; shipped && i < package.table_count; i++) {
        make_package_table(db, &arena, &package, &package.tables[i].entity);
    }
    dv_make_links(db, 0);
}
