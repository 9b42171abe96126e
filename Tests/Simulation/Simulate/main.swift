import Glibc

exit(SimulateCommand().run())
