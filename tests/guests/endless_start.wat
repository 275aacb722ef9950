;; Hazard: its start function never returns, so that no instance ever comes to be.
(module
  (func $forever
    (loop $again (br $again)))
  (start $forever))
