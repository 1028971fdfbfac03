"""The store on the disk: the archive, the snapshots built from it, their proof and their backup."""
