// What reference programs on SQLite need: the one database, its statements, and a sentence when a step fails.
#ifndef STORE_H
#define STORE_H

#include <sqlite3.h>

#include "tool.h"

static sqlite3 *database;

static inline void check(int status, const char *step) {
  if (status != SQLITE_OK && status != SQLITE_DONE && status != SQLITE_ROW) fail("%s: %s", step, sqlite3_errmsg(database));
}

static inline void execute(const char *text) {
  check(sqlite3_exec(database, text, NULL, NULL, NULL), text);
}

static inline sqlite3_stmt *prepared(const char *text) {
  sqlite3_stmt *statement;
  check(sqlite3_prepare_v2(database, text, -1, &statement, NULL), text);
  return statement;
}

#endif
