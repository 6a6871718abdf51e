/* The commands of the program; each takes its own name as argv[0] and returns the exit status. */
#pragma once

int cmd_bench(int argc, char **argv);
int cmd_exec(int argc, char **argv);
int cmd_routes(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_schema(int argc, char **argv);
int cmd_serve(int argc, char **argv);
