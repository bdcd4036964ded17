"""Keys of the lab that are kept between two starts, so that an app is built once."""
