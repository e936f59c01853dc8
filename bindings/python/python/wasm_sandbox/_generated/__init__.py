# GENERATED modules of the package's API lie here; this file only makes them a package.
