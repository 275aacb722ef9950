# The C++ SDK as one shared library: what it needs is inside or found by the loader, so nothing is looked up here.
include("${CMAKE_CURRENT_LIST_DIR}/sluiceTargets.cmake")
