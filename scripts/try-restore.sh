#!/usr/bin/env bash
# Backs a database of the sample up, restores it in another cluster and checks it there, with the tools of a PostgreSQL that is
# installed here: npm run test:restore. Debian's are in /usr/lib/postgresql/<version>/bin. Nothing outside a folder of its own is
# changed.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=${PG_BIN:-$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)}
[ -x "${bin:-}/initdb" ] && [ -x "$bin/pg_restore" ] || {
  echo 'There is no PostgreSQL with its tools here. Install the packages postgresql and postgresql-client, or set PG_BIN.' >&2
  exit 1
}
work=$(mktemp -d)
as=()
if [ "$(id -u)" = 0 ]; then
  as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
  chown postgres "$work"
fi
port() { node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'; }
first=$(port) second=$(port)
stop() {
  for cluster in first second; do "${as[@]}" "$bin/pg_ctl" -D "$work/$cluster" -m immediate stop >/dev/null 2>&1 || true; done
  rm -rf "$work"
}
trap stop EXIT
export PGHOST=127.0.0.1 PGUSER=admin PGDATABASE=postgres LC_ALL=C

begin() { # a cluster in the folder $1 at the port $2
  "${as[@]}" "$bin/initdb" -D "$work/$1" -U admin --auth=trust -E UTF8 >/dev/null
  "${as[@]}" "$bin/pg_ctl" -D "$work/$1" -w -l "$work/$1.log" \
    -o "-p $2 -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off" start >/dev/null
}
admin() { "$bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 "$@"; } # psql as the superuser
# Every row of every table, in a form that can be compared.
rows() {
  admin -p "$1" -d expenses -c "select format('%I.%I', schemaname, tablename) from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema') order by 1" |
    while read -r table; do
      echo "$table $(admin -p "$1" -d expenses -c "select count(*), md5(string_agg(t::text, '' order by t::text)) from $table as t")"
    done
}

begin first "$first"
admin -p "$first" -c "create role owner login createrole" -c 'create database expenses owner owner' \
  -c 'create role backup login bypassrls' -c 'grant pg_read_all_data to backup'
export DATABASE_MIGRATION_URL="postgres://owner@127.0.0.1:$first/expenses"
export DATABASE_URL="postgres://server:secret@127.0.0.1:$first/expenses"
npx tsx src/main.ts migrate
npx tsx -e "import('./src/expenses/sample-data/seed.ts').then(({ seed }) => seed(process.env.DATABASE_MIGRATION_URL))"
admin -p "$first" -d expenses -c "insert into access_entries
  (at, tenant_id, object_id, kind, client_id, coordinate, reason, outcome, row_ids)
  select now(), id, id, 'user', id, 'A.field', 'R', 'GRANTED', '{}' from gen_random_uuid() as id"

echo '1. Back-up, as a login with BYPASSRLS: the owner sees no rows, and pg_dump stops'
if "$bin/pg_dump" -p "$first" -U owner -d expenses -f /dev/null 2>"$work/refused"; then
  echo 'The owner could dump: is row-level security not forced?' >&2
  exit 1
fi
"$bin/pg_dumpall" -p "$first" -U admin --roles-only >"$work/roles.sql"
SECONDS=0
"$bin/pg_dump" -p "$first" -U backup -d expenses -Fc -f "$work/expenses.dump"
echo "   $(stat -c %s "$work/expenses.dump") bytes in ${SECONDS} s"

echo '2. Restore in a new cluster: roles first, then the database'
begin second "$second"
grep -v 'ROLE admin' "$work/roles.sql" | admin -p "$second" >/dev/null
admin -p "$second" -c 'create database expenses owner owner'
SECONDS=0
"$bin/pg_restore" -p "$second" -U admin -d expenses --exit-on-error "$work/expenses.dump"
echo "   restored in ${SECONDS} s"

echo '3. The same rows, the same rules'
rows "$first" >"$work/before"
rows "$second" >"$work/after"
diff "$work/before" "$work/after"
echo "   $(wc -l <"$work/after") tables are equal"
export DATABASE_MIGRATION_URL="postgres://owner@127.0.0.1:$second/expenses"
export DATABASE_URL="postgres://server:secret@127.0.0.1:$second/expenses"
# It also does the checks of the start: the rights of the login and the migrations.
npx tsx src/main.ts migrate | tee "$work/migrated"
grep -q 'The database is up to date' "$work/migrated"
seen=$("$bin/psql" -X -A -t "$DATABASE_URL" -c 'select count(*) from expense_reports')
[ "$seen" = 0 ] || { echo "A login without a caller sees $seen reports." >&2; exit 1; }
if admin -p "$second" -d expenses -c 'delete from access_entries' 2>/dev/null; then
  echo 'The access record can be deleted.' >&2
  exit 1
fi
echo '   row-level security holds, and the access record cannot be changed'
