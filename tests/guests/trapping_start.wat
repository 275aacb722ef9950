;; Hazard: its start function traps.
(module
  (func $prepare (unreachable))
  (start $prepare))
