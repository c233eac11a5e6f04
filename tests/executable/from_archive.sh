#!/bin/sh
# From a downloaded release to gibbon that serves: checks the archive's digest, unpacks it into an empty
# folder, and starts the executable without an environment. With `alone` it also has no other file: its root
# has the executable, the plugins and the C library that it is linked to. That needs root.
#
# usage: from_archive.sh FOLDER ARCHIVE alone|here
#   FOLDER has the archive, SHA256SUMS and plugins/. The socket is FOLDER/machine/run/gibbon.socket.
set -eu
folder=$1 archive=$2 how=$3
cd "$folder"
sha256sum --check --ignore-missing --strict SHA256SUMS >&2

mkdir machine machine/run
cp -R plugins machine/plugins
tar -xzf "$archive" -C machine --strip-components=1
cd machine

if [ "$how" = here ]; then
  exec env -i ./gibbon serve --plugins-directory plugins --socket run/gibbon.socket
fi

for library in $(ldd gibbon | grep -o '/[^ ]*'); do
  mkdir -p ".$(dirname "$library")"
  cp -L "$library" ".$library"
done
mkdir proc dev tmp
# What the kernel gives, a container has too.
exec unshare --mount sh -c '
  mount --make-rprivate /
  mount --rbind /proc proc
  mount --rbind /dev dev
  exec env -i "$(command -v chroot)" . /gibbon serve --plugins-directory /plugins --socket /run/gibbon.socket'
