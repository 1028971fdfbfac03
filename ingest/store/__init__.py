"""The store on disk: archive, snapshots built from it, verification, backup."""
