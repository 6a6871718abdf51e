/* The tables that several services share. A service's own tables stand in its `schema`. */
#pragma once

/* CREATE TABLE …; every table has a PRIMARY KEY, because a changeset leaves out the others. */
extern const char store_schema[];
