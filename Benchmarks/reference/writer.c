// The reference of row P5: SQLite alone. A row for each event, ROWS of them in a commit, each commit on the disk before the next.
//
//   writer FILE ROWS SECONDS BODY-FILE
//
// Prints one line of JSON after the last commit. Any failure ends it with status 69.
#include "store.h"

enum { ROWS_MAX = 100000, SECONDS_MAX = 60 };

static void commit(sqlite3_stmt *insert, long rows) {
  execute("BEGIN IMMEDIATE");
  for (long row = 0; row < rows; row++) {
    check(sqlite3_step(insert), "insert");
    check(sqlite3_reset(insert), "reset");
  }
  execute("COMMIT");
}

int main(int count, char **arguments) {
  if (count != 5) {
    fprintf(stderr, "writer FILE ROWS SECONDS BODY-FILE\n");
    return EXIT_USAGE;
  }
  long rows = number(arguments[2], 1, ROWS_MAX);
  uint64_t limit = (uint64_t)number(arguments[3], 1, SECONDS_MAX) * 1000000;
  static char body[BODY_MAX + 1];
  size_t length = read_body(arguments[4], body);

  check(sqlite3_open(arguments[1], &database), "open");
  execute("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
  execute("CREATE TABLE events(number INTEGER PRIMARY KEY, body BLOB NOT NULL)");
  sqlite3_stmt *insert = prepared("INSERT INTO events(body) VALUES (?)");
  check(sqlite3_bind_blob(insert, 1, body, (int)length, SQLITE_STATIC), "bind");

  uint64_t start = microseconds(), elapsed, commits = 0;
  do {
    commit(insert, rows);
    commits++;
    elapsed = microseconds() - start;
  } while (elapsed < limit);
  check(sqlite3_finalize(insert), "finalize");
  check(sqlite3_close(database), "close");
  printf("RESULT {\"messages\":%llu,\"microseconds\":%llu}\n", (unsigned long long)commits * (unsigned long long)rows,
         (unsigned long long)elapsed);
}
